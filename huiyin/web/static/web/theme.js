"use strict";
// Before the first paint: the reader's own choice of light or dark, where there is one.
try {
  var theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch (error) { /* a browser that keeps nothing follows the system */ }
