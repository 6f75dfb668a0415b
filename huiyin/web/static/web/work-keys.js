"use strict";
// The staff's keyboard: moving in lists, the steps of a case, the palette. Everything has a link or a button too; single letters can be turned off.
(function () {
  var OFF = "huiyin-single-keys-off";
  var waitsForPlace = 0; // after "g" a second letter says where to

  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function one(selector) { return document.querySelector(selector); }
  function off() { try { return localStorage.getItem(OFF) === "yes"; } catch (error) { return false; } }
  function typing(target) {
    return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) ||
      (target.tagName === "INPUT" && !/^(checkbox|radio|button|submit|reset)$/.test(target.type));
  }

  // -- dialogs

  function open(dialog) {
    if (!dialog || dialog.open || !dialog.showModal) return;
    dialog.showModal();
    var box = dialog.querySelector("[data-first]");
    if (box) { box.focus(); if (box.select) box.select(); }
    if (dialog.id === "palette") showActs();
  }

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-opens]");
    if (opener) open(document.getElementById(opener.dataset.opens));
    var closer = event.target.closest("[data-shuts]");
    if (closer) closer.closest("dialog").close();
    if (event.target.tagName === "DIALOG") event.target.close();
    var option = event.target.closest("#palette [role=option]");
    if (option) choose(option);
  });

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-single-keys]")) return;
    try { localStorage.setItem(OFF, event.target.checked ? "" : "yes"); } catch (error) { /* a browser that keeps nothing */ }
  });

  // -- the palette

  function options() { return all("#palette [role=option]").filter(function (item) { return !item.hidden; }); }

  function mark(item) {
    all("#palette [role=option]").forEach(function (other) { other.setAttribute("aria-selected", String(other === item)); });
    var box = one("#palette-q");
    if (item) { box.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
    else box.removeAttribute("aria-activedescendant");
  }

  function choose(item) {
    if (!item) return;
    one("#palette").close();
    if (item.dataset.acts) { var link = document.getElementById(item.dataset.acts); if (link) link.click(); return; }
    location.assign(item.dataset.href);
  }

  // the steps of the case that lies open stand in the palette, too
  function showActs() {
    var list = one("#palette-acts"), wanted = one("#palette-q").value.trim().toLowerCase();
    list.replaceChildren();
    all("#main .steps-next > li > a, #main .more-steps a").forEach(function (link, n) {
      var name = (link.querySelector("b") || link).textContent.trim();
      if (name.toLowerCase().indexOf(wanted) < 0 || list.children.length >= 9) return;
      link.id = link.id || "act-" + n;
      var item = document.createElement("li");
      item.id = "palette-act-" + n;
      item.setAttribute("role", "option");
      item.dataset.acts = link.id;
      item.textContent = name;
      list.appendChild(item);
    });
    list.hidden = !list.children.length;
    mark(options()[0]);
  }

  document.addEventListener("input", function (event) { if (event.target.id === "palette-q") showActs(); });
  document.addEventListener("htmx:afterSwap", function (event) { if (event.target.id === "palette-found") mark(options()[0]); });

  function inPalette(event) {
    var shown = options(), at = shown.findIndex(function (item) { return item.getAttribute("aria-selected") === "true"; });
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(shown[(at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length]);
    } else if (event.key === "Enter") { event.preventDefault(); choose(shown[Math.max(at, 0)]); }
  }

  // -- lists

  function rows() { return all("[data-rows] > *"); }
  function rowAt() { return rows().findIndex(function (row) { return row.contains(document.activeElement); }); }

  function move(step) {
    var found = rows();
    if (!found.length) return;
    var next = found[Math.min(found.length - 1, Math.max(0, rowAt() + step))], link = next.querySelector(".title, a[href]");
    if (link) { link.focus(); next.scrollIntoView({ block: "nearest" }); }
  }

  function pick() {
    var row = rows()[rowAt()], box = row ? row.querySelector("input[name=case]") : null;
    if (box) { box.checked = !box.checked; tell(); }
  }

  function tell() {
    var said = one("[data-picked]"), words = one("[data-says-picked]"), n = all("input[name=case][form=bulk]:checked").length;
    if (!said || !words) return;
    said.dataset.before = said.dataset.before || said.textContent;
    said.textContent = n ? words.textContent.replace("{n}", n) : said.dataset.before;
    document.getElementById("bulk").classList.toggle("is-on", n > 0);
  }

  document.addEventListener("change", function (event) {
    if (event.target.matches("input[data-picks-all]")) {
      all("input[name=case][form=bulk]").forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("input[data-picks-all], input[name=case]")) tell();
  });

  // -- keys

  function click(selector) { var found = one(selector); if (found) found.click(); return Boolean(found); }

  function place(letter) {
    var link = one("[data-key-place='" + letter + "']");
    if (link) location.assign(link.href);
  }

  function single(event) {
    var key = event.key;
    if (waitsForPlace && Date.now() - waitsForPlace < 1500) { waitsForPlace = 0; place(key); return; }
    if (key === "?") open(one("#keys"));
    else if (key === "g") waitsForPlace = Date.now();
    else if (key === "/") { event.preventDefault(); open(one("#palette")); }
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "x") pick();
    else if (key === "n") click("[data-key-next]");
    else if (key === "v") click("[data-key-evidence]");
    else if (key === "ArrowRight") click("[data-key-forward]");
    else if (key === "ArrowLeft") click("[data-key-back]");
    else if (/^[1-9]$/.test(key)) {
      var cards = all("#main .steps-next > li > a");
      if (cards[key - 1]) { event.preventDefault(); cards[key - 1].click(); }
    } else if (key === "Escape" && one("#step > *")) one("#step").replaceChildren();
  }

  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") { event.preventDefault(); open(one("#palette")); return; }
    if (event.target.id === "palette-q") { inPalette(event); return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { // send the form that is being filled in
      var form = event.target.form || event.target.closest("form[data-keep]") || one("form[data-keep]");
      if (!form || !form.matches("[data-keep]")) return;
      event.preventDefault();
      var wanted = form.querySelector(event.shiftKey ? "[data-key-go]" : "[data-key-send]") || form.querySelector("button[type=submit]:not([name])");
      if (wanted) wanted.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || off() || document.querySelector("dialog[open]") || typing(event.target)) return;
    single(event);
  });

  // -- parts of the page that htmx puts in

  function arrive() {
    all("[data-opens], [data-picks-all]").forEach(function (node) { node.hidden = false; });
    all("[data-single-keys]").forEach(function (box) { box.checked = !off(); });
    all("[data-without-script]").forEach(function (node) { node.hidden = true; });
    tell();
  }
  document.addEventListener("DOMContentLoaded", function () { arrive(); if (document.activeElement === document.body) hear(); });
  document.addEventListener("htmx:afterSettle", function (event) {
    arrive();
    if (event.target.id === "main" && !one("#main > .notice[role=status]")) event.target.focus({ preventScroll: true }); // another page has come: reading begins at its head
    hear();
  });

  // what was done is said where the focus is then
  function hear() {
    var said = one("#main > .notice[role=status]");
    if (said && !said.dataset.heard) { said.dataset.heard = "yes"; said.tabIndex = -1; said.focus({ preventScroll: true }); }
  }
})();
