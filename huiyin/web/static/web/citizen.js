"use strict";
// Conveniences of the public's pages; each page does the same without them. Nothing is stored here: what is typed goes to the server, sealed.
(function () {
  var SOON = 2500, IDLE = 120000, ASK = 30000;

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-saves]").forEach(saveWhileTyping);
    document.querySelectorAll("form[data-sends] .files").forEach(takeFiles);
    document.querySelectorAll("form[data-sends]").forEach(showSending);
    fromTheLetter();
    sayWhatIsWrong();
    if (document.body.classList.contains("kiosk")) nextPlease();
  });

  // the code of a letter's QR stands behind the # and so reaches no server log
  function fromTheLetter() {
    var form = document.getElementById("respond-form");
    var code = form ? decodeURIComponent(location.hash.slice(1)) : "";
    if (!code) return;
    form.elements.code.value = code;
    history.replaceState(null, "", location.pathname);
  }

  // a pause in typing: what stands there is kept, as it would be by the button
  function saveWhileTyping(form) {
    var said = document.getElementById("saved"), timer = 0, busy = false, last = "";
    function save() {
      var data = new FormData(form);
      form.querySelectorAll("input[type=file]").forEach(function (input) { data.delete(input.name); });
      var text = new URLSearchParams(data).toString();
      if (busy || text === last || form.dataset.sent) return;
      busy = true;
      fetch(form.action || location.href, { method: "POST", body: data, headers: { "X-Saves-Itself": "1" }, credentials: "same-origin", redirect: "error" })
        .then(function (answer) {
          if (answer.status !== 204) throw new Error(answer.status);
          last = text;
          window.dispatchEvent(new Event("huiyin:sent"));
          if (said) said.textContent = said.dataset.saved || "";
        })
        .catch(function () { if (said) said.textContent = said.dataset.failed || ""; })
        .then(function () { busy = false; });
    }
    form.addEventListener("input", function (event) {
      if (event.target.name === "business") return;
      clearTimeout(timer);
      timer = setTimeout(save, SOON);
    });
  }

  // files dropped on the field, with a small picture of each before it is sent
  function takeFiles(box) {
    var input = box.querySelector("input[type=file]:not([capture])"), list = document.createElement("ul");
    if (!input) return;
    list.className = "previews";
    box.appendChild(list);
    if (input.multiple && window.DataTransfer) droppable(box, input);
    box.querySelectorAll("input[type=file]").forEach(function (one) { one.addEventListener("change", function () { preview(box, list); }); });
  }

  function droppable(box, input) {
    var hint = document.createElement("p");
    hint.className = "drop-hint";
    hint.textContent = box.dataset.drop || "";
    box.querySelector(".files-more").prepend(hint);
    box.classList.add("drop");
    ["dragenter", "dragover"].forEach(function (name) {
      box.addEventListener(name, function (event) { event.preventDefault(); box.classList.add("over"); });
    });
    ["dragleave", "drop"].forEach(function (name) {
      box.addEventListener(name, function () { box.classList.remove("over"); });
    });
    box.addEventListener("drop", function (event) {
      event.preventDefault();
      var all = new DataTransfer();
      Array.prototype.forEach.call(input.files, function (file) { all.items.add(file); });
      Array.prototype.forEach.call(event.dataTransfer.files, function (file) { all.items.add(file); });
      input.files = all.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  function preview(box, list) {
    list.querySelectorAll("img").forEach(function (img) { URL.revokeObjectURL(img.src); });
    list.replaceChildren();
    box.querySelectorAll("input[type=file]").forEach(function (input) {
      Array.prototype.forEach.call(input.files, function (file) { list.appendChild(card(file)); });
    });
  }

  function card(file) {
    var item = document.createElement("li"), picture;
    if (/^image\/(jpeg|png|webp|gif|bmp)$/.test(file.type)) {
      picture = document.createElement("img");
      picture.src = URL.createObjectURL(file);
      picture.alt = "";
    } else {
      picture = document.createElement("span");
      picture.className = "ending";
      picture.textContent = (file.name.split(".").pop() || "").slice(0, 5).toUpperCase();
    }
    item.append(picture, file.name + " ", file.size < 1e6 ? Math.ceil(file.size / 1e3) + " KB" : (file.size / 1e6).toFixed(1) + " MB");
    return item;
  }

  // with files the form says how much has been sent; the answer is shown as if the browser had sent it
  function showSending(form) {
    form.addEventListener("submit", function (event) {
      var some = Array.prototype.some.call(form.querySelectorAll("input[type=file]"), function (input) { return input.files.length; });
      if (!some || event.defaultPrevented || !window.DOMParser) return;
      event.preventDefault();
      var data = new FormData(form), request = new XMLHttpRequest(), bar = progressBar(form);
      if (event.submitter && event.submitter.name) data.append(event.submitter.name, event.submitter.value);
      request.upload.addEventListener("progress", function (sent) { if (sent.lengthComputable) bar.value = sent.loaded / sent.total; });
      request.addEventListener("load", function () { show(request, form); });
      request.addEventListener("error", function () { delete form.dataset.sent; bar.parentNode.remove(); HTMLFormElement.prototype.submit.call(form); });
      request.open("POST", form.action || location.href);
      request.setRequestHeader("X-Shows-Progress", "1");
      request.send(data);
    });
  }

  function progressBar(form) {
    var place = document.createElement("div"), bar = document.createElement("progress");
    place.className = "sending";
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", (form.querySelector(".files") || form).dataset.sending || "");
    place.appendChild(bar);
    form.querySelector(".actions").before(place);
    return bar;
  }

  function show(request, form) {
    var next = request.getResponseHeader("X-Goes-To");
    if (request.status === 204 && next) {
      window.dispatchEvent(new Event("huiyin:sent"));
      location.assign(next);
      return;
    }
    delete form.dataset.sent;
    var page = new DOMParser().parseFromString(request.responseText, "text/html"), main = document.querySelector("main");
    main.replaceChildren.apply(main, page.querySelector("main").childNodes);
    main.querySelectorAll("form[data-saves]").forEach(saveWhileTyping);
    main.querySelectorAll("form[data-sends] .files").forEach(takeFiles);
    main.querySelectorAll("form[data-sends]").forEach(showSending);
    sayWhatIsWrong();
  }

  // what is to be mended comes first: seen, and read out
  function sayWhatIsWrong() {
    var said = document.querySelector("main .notice[data-focus]");
    if (said) { said.focus({ preventScroll: true }); said.scrollIntoView({ block: "start" }); }
  }

  // a machine in the hall: nobody there any more, nothing stays; the page that the way back shows is asked for anew
  function nextPlease() {
    var place = document.getElementById("next-please"), left = document.getElementById("seconds-left"), touched = Date.now();
    if (!place) return;
    ["pointerdown", "keydown", "scroll", "input"].forEach(function (name) {
      document.addEventListener(name, function () { touched = Date.now(); }, { passive: true });
    });
    window.addEventListener("pageshow", function (event) { if (event.persisted) location.reload(); });
    setInterval(function () {
      var rest = IDLE - (Date.now() - touched);
      if (rest <= 0) leaveFor(place.dataset.again);
      else if (left) left.textContent = rest < ASK ? Math.ceil(rest / 1000) + " s" : "";
    }, 1000);
  }

  function leaveFor(address) {
    document.querySelectorAll("form[data-keep]").forEach(function (form) { form.reset(); });
    window.dispatchEvent(new Event("huiyin:sent"));
    location.replace(address);
  }
})();
