"use strict";
// Small conveniences; every page works without them. No page stores anything here but the choice of light or dark.
(function () {
  var root = document.documentElement;

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-does]") : null;
    if (!button) return;
    if (button.dataset.does === "print") window.print();
    if (button.dataset.does === "theme") {
      var dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { /* a browser that keeps nothing */ }
    }
    if (button.dataset.does === "close") document.getElementById(button.dataset.closes).replaceChildren();
  });

  // a choice that takes effect at once (which post one acts in); without scripts its button stays
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submits]")) event.target.form.submit();
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-without-script]").forEach(function (node) { node.hidden = true; });
    document.querySelectorAll("[data-does]").forEach(function (node) { node.hidden = false; });
    // the number and code of a receipt's QR stand behind the # and so reach no server log
    var form = document.getElementById("track-form");
    var parts = form ? decodeURIComponent(location.hash.slice(1)).split("~") : [];
    if (parts.length === 2) {
      form.elements.number.value = parts[0];
      form.elements.code.value = parts[1];
      history.replaceState(null, "", location.pathname);
    }
    document.querySelectorAll("[data-tree-search]").forEach(function (node) { node.hidden = false; });
    // on a narrow screen the row of links is longer than what is seen of it: where one is stands in sight
    document.querySelectorAll("nav [aria-current=page]").forEach(function (link) {
      var row = link.closest("nav"), at = link.getBoundingClientRect(), seen = row.getBoundingClientRect();
      if (row.scrollWidth > row.clientWidth) row.scrollLeft += at.left - seen.left - (seen.width - at.width) / 2;
    });
    showWhatIsAsked();
    document.addEventListener("change", showWhatIsAsked);
    warnOfUnsaved();
  });

  // pressed twice, sent once; a page that comes back from the browser's memory may be sent again
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("hx-post")) return;
    if (navigator.onLine === false) { event.preventDefault(); event.stopImmediatePropagation(); trouble("away"); return; } // the browser's own page of errors would take what was typed with it
    if (form.hasAttribute("data-many")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  // what was asked for did not come: said, not passed over in silence
  function trouble(what) {
    var said = document.getElementById("trouble");
    if (!said) return;
    said.textContent = what ? said.dataset[what] : "";
    if (what !== "out") return;
    var link = document.createElement("a");
    link.href = said.dataset.href;
    link.target = "_blank";
    link.textContent = said.dataset.login;
    said.append(" ", link);
  }
  document.addEventListener("htmx:sendError", function (event) { if (asked(event)) trouble("away"); });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) trouble("out");
    else if (asked(event)) trouble("failed");
  });
  // whoever logged in again in another window goes on here: the mark of this page's forms is renewed from the cookie
  document.addEventListener("htmx:configRequest", function (event) {
    var mark = /(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/.exec(document.cookie);
    if (mark && event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = mark[1];
  });
  document.addEventListener("htmx:afterRequest", function (event) { if (event.detail.successful) trouble(""); });
  window.addEventListener("online", function () { trouble(""); });
  // somebody pressed something; what a page fetches by itself is fetched again by itself
  function asked(event) {
    var by = event.detail.requestConfig && event.detail.requestConfig.triggeringEvent;
    return Boolean(by && /^(click|submit|keydown)$/.test(by.type));
  }

  // what is folded together only because it is long is on the paper
  window.addEventListener("beforeprint", function () { document.querySelectorAll("details.earlier").forEach(function (part) { part.open = true; }); });

  // a tree of categories: only those in which the words are found stay in sight, and their groups open
  document.addEventListener("input", function (event) {
    if (!event.target.matches("[data-tree-search]")) return;
    var words = event.target.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    event.target.closest("[data-tree]").querySelectorAll("details").forEach(function (group) {
      var shown = 0;
      group.querySelectorAll("li").forEach(function (item) {
        var text = item.dataset.words.toLowerCase();
        item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        if (!item.hidden) shown += 1;
      });
      group.hidden = !shown;
      group.open = words.length > 0 || group.querySelector(":checked") !== null;
    });
  });

  // what was asked for comes into view and is read out
  document.addEventListener("htmx:afterSwap", function (event) {
    var target = event.target.querySelector ? event.target.querySelector("[data-focus-last]") || event.target.querySelector(".notice[data-focus]") || event.target.querySelector("[data-focus]") : null;
    if (target) { target.focus({ preventScroll: true }); target.scrollIntoView({ block: "start", behavior: "auto" }); }
  });

  // a question that depends on another answer comes into view with it; without scripts all stand there
  function showWhatIsAsked() {
    document.querySelectorAll("[data-when]").forEach(function (field) {
      var parts = field.dataset.when.split("=");
      var chosen = document.querySelector("[name='" + parts[0] + "']:checked");
      field.hidden = !(chosen && chosen.value === parts[1]);
    });
  }

  function warnOfUnsaved() {
    var typed = false;
    document.addEventListener("input", function (event) { if (event.target.closest("form[data-keep]")) typed = true; });
    document.addEventListener("submit", function () { typed = false; });
    window.addEventListener("huiyin:sent", function () { typed = false; });
    window.addEventListener("beforeunload", function (event) { if (typed) event.preventDefault(); });
  }
})();
