"use strict";
// Passkeys: asks our page what to sign or make, hands it to the browser, and sends the answer back. Without scripts, codes do the same.
(function () {
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (sign) { return sign.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function listed(keys) {
    return (keys || []).map(function (key) { return Object.assign({}, key, { id: bytes(key.id) }); });
  }

  function asked(found) {
    var key = found.publicKey;
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    if (key.excludeCredentials) key.excludeCredentials = listed(key.excludeCredentials);
    if (key.allowCredentials) key.allowCredentials = listed(key.allowCredentials);
    return { publicKey: key };
  }

  function answered(made) {
    var answer = made.response;
    var found = { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response: { clientDataJSON: text(answer.clientDataJSON) } };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (answer[name]) found.response[name] = text(answer[name]);
    });
    return found;
  }

  function send(address, token, body) {
    return fetch(address, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token, "Content-Type": "application/json" }, body: JSON.stringify(body || {}) })
      .then(function (answer) {
        if (answer.redirected) { location.assign(answer.url); return new Promise(function () {}); }
        return answer.json().then(function (told) { if (!answer.ok) throw new Error(told.says || ""); return told; });
      });
  }

  function begin(button) {
    var says = document.getElementById(button.dataset.says);
    var token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    var making = button.dataset.passkey === "make";
    says.textContent = "";
    button.disabled = true;
    send(button.dataset.begin, token)
      .then(function (found) { return making ? navigator.credentials.create(asked(found)) : navigator.credentials.get(asked(found)); })
      .then(function (made) {
        var body = answered(made);
        var label = document.getElementById(button.dataset.label || "");
        if (label) body.label = label.value;
        return send(button.dataset.finish, token, body);
      })
      .then(function (told) { location.assign(told.go); })
      .catch(function (error) {
        button.disabled = false;
        says.textContent = (error.name === "Error" && error.message) || button.dataset.failed;
        says.hidden = false;
      });
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (!window.PublicKeyCredential) return;
    document.querySelectorAll("[data-passkey-part]").forEach(function (node) { node.hidden = false; });
    document.querySelectorAll("[data-passkey]").forEach(function (button) {
      button.addEventListener("click", function () { begin(button); });
    });
  });
})();
