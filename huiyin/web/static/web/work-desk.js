"use strict";
// The desk while somebody is on the telephone: the caller's number out of the address, suggestions that fill the form, keys for its parts.
(function () {
  var form, later = 0;

  function field(name) { return form ? Array.prototype.slice.call(form.querySelectorAll("[name='" + name + "']")) : []; }

  function look() { var meter = document.getElementById("meter"); if (meter && window.htmx) window.htmx.trigger(meter, "look"); }

  function fill(values) {
    Object.keys(values).forEach(function (name) {
      var boxes = field(name), value = values[name];
      boxes.forEach(function (box) {
        if (box.type === "checkbox" || box.type === "radio") { if (box.value === value) box.checked = true; }
        else box.value = value;
        var folded = box.closest("details");
        if (folded && (box.type !== "checkbox" || box.value === value)) folded.open = true;
      });
    });
    look();
  }

  // -- the caller's number stands behind the #: it goes into its field, and out of the address and the list of visited pages

  function caller() {
    var found = /^#phone=([0-9+-]{3,40})$/.exec(location.hash);
    if (!found) return;
    history.replaceState(null, "", location.pathname + location.search);
    if (form) fill(Object.fromEntries([[form.dataset.role + ".phone", found[1]]]));
    document.querySelectorAll("[data-keeps-caller]").forEach(function (link) { link.hash = "phone=" + found[1]; });
  }

  // -- suggestions

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-fills], button[data-takes-caller]");
    if (!button || !form) return;
    event.preventDefault();
    if (button.dataset.fills) { fill(JSON.parse(button.dataset.fills)); back(button); return; }
    var sent = new FormData();
    ["csrfmiddlewaretoken", form.dataset.role + ".phone"].forEach(function (name) { if (field(name)[0]) sent.append(name, field(name)[0].value); });
    sent.append("take_caller", button.value);
    fetch(document.getElementById("meter").dataset.fillsFrom, { method: "POST", body: sent, credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : {}; })
      .then(function (values) { fill(values); back(button); });
  });

  // the button goes with the next look: who pressed it goes on where he was writing
  function back(button) {
    var first = button.dataset.fills ? Object.keys(JSON.parse(button.dataset.fills))[0] : form.dataset.role + ".address";
    var box = field(first)[0];
    if (box) box.focus({ preventScroll: Boolean(button.dataset.fills) });
  }

  // -- the rules look on while somebody writes, not only when he leaves a field

  document.addEventListener("input", function (event) {
    if (!form || !form.contains(event.target) || event.target.closest("#meter")) return;
    clearTimeout(later);
    later = setTimeout(look, 900);
  });

  // -- keys

  function part(number) {
    var parts = form.querySelectorAll(".stack:not(.meter) > section.card"), section = parts[number - 1];
    var box = section && section.querySelector("input:not([type=hidden]):not([hidden]), select, textarea");
    if (box) { box.focus(); section.scrollIntoView({ block: "start" }); }
  }

  document.addEventListener("keydown", function (event) {
    if (!form || !event.altKey || event.ctrlKey || event.metaKey) return;
    var digit = /^Digit([0-6])$/.exec(event.code);
    if (digit) {
      event.preventDefault();
      if (digit[1] === "0") { var first = document.querySelector("#meter button, #meter input, #meter a[href]"); if (first) first.focus(); }
      else part(Number(digit[1]));
    } else if (event.code === "KeyS") { event.preventDefault(); form.querySelector("[data-key-save]").click(); }
  });

  document.addEventListener("DOMContentLoaded", function () {
    form = document.querySelector("form[data-desk]");
    ["where", "respondent.address"].forEach(function (name) { field(name).forEach(function (box) { if (box.tagName === "INPUT") box.setAttribute("list", "known-places"); }); });
    caller();
    var phone = form && field(form.dataset.role + ".phone")[0];
    if (phone && !document.querySelector(".notice.red") && document.activeElement === document.body) phone.focus();
  });
})();
