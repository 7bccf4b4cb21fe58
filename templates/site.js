"use strict";
(function () {
  var all = function (root, what) { return Array.prototype.slice.call(root.querySelectorAll(what)); };
  var STEP = 200;

  all(document, "table[data-rows]").forEach(function (table) {
    var body = table.tBodies[0], room = STEP;
    var box = table.closest("section") || document;
    var form = box.querySelector("[data-filters]"), more = box.querySelector("[data-more]");
    var find = form && form.querySelector("[data-find]"), clear = form && form.querySelector("[data-clear]");
    var rows = all(body, "tr").map(function (row) {
      return { row: row, is: " " + (row.getAttribute("data-is") || "") + " ", text: "" };
    });
    function show() {
      var wanted = form ? all(form, "select").map(function (one) { return one.value; }).filter(Boolean) : [];
      var text = find ? find.value.trim().toLowerCase() : "";
      var fit = 0;
      rows.forEach(function (one) {
        if (text && !one.text) { one.text = one.row.textContent.toLowerCase(); }
        var keep = wanted.every(function (token) { return one.is.indexOf(" " + token + " ") >= 0; }) &&
          (!text || one.text.indexOf(text) >= 0);
        if (keep) { fit += 1; }
        one.row.hidden = !keep || fit > room;
      });
      if (more) { more.hidden = fit <= room; }
      if (clear) { clear.hidden = !wanted.length && !text; }
      var count = form && form.querySelector("[data-count]");
      if (count) { count.textContent = count.getAttribute("data-pattern").replace("{}", fit).replace("{}", rows.length); }
    }
    function anew() { room = STEP; show(); }
    if (form) {
      form.addEventListener("change", anew);
      form.addEventListener("input", anew);
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      // The fields are empty only after the event.
      form.addEventListener("reset", function () { setTimeout(anew, 0); });
    }
    if (more) { more.addEventListener("click", function () { room += STEP; show(); }); }
    all(table, "th[data-sort]").forEach(function (head) {
      var number = head.getAttribute("data-sort") === "number";
      function sort() {
        var was = head.getAttribute("aria-sort");
        var down = was ? was === "ascending" : number;
        all(table, "th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var at = head.cellIndex;
        var key = function (row) {
          var text = row.cells[at].textContent.trim();
          if (!number) { return text; }
          var value = text.split(":").reduce(function (sum, part) { return sum * 60 + parseFloat(part.replace(/[^0-9.\-]/g, "")); }, 0);
          return isNaN(value) ? -1 : value;
        };
        var pairs = rows.map(function (one, index) { return [key(one.row), index, one]; });
        pairs.sort(function (a, b) {
          var order = number ? a[0] - b[0] : a[0].localeCompare(b[0]);
          return (down ? -order : order) || a[1] - b[1];
        });
        rows = pairs.map(function (pair) { body.appendChild(pair[2].row); return pair[2]; });
        show();
      }
      head.tabIndex = 0;
      head.addEventListener("click", sort);
      head.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
    show();
  });

  var player = document.querySelector(".player");
  var turns = all(document, ".turn[data-at]");
  if (!player && !turns.length) { return; }
  var audio = document.querySelector("audio"), line = document.querySelector(".playhead");
  var script = document.querySelector(".transcript"), shown = null;
  var length = player ? parseFloat(player.getAttribute("data-length")) || 1 : 1;
  // The transcript has a scroll bar of its own: the page stays where it is.
  function reveal(turn) {
    if (!script || !turn || turn === shown || script.scrollHeight <= script.clientHeight) { return; }
    shown = turn;
    var box = script.getBoundingClientRect(), place = turn.getBoundingClientRect();
    if (place.top < box.top || place.bottom > box.bottom) {
      script.scrollTop += place.top - box.top - (box.height - place.height) / 2;
    }
  }
  function mark(time) {
    if (line) { var x = String(1000 * Math.min(time / length, 1)); line.setAttribute("x1", x); line.setAttribute("x2", x); }
    var first = null;
    turns.forEach(function (turn) {
      var now = parseFloat(turn.getAttribute("data-at")) <= time && time < parseFloat(turn.getAttribute("data-to"));
      turn.classList.toggle("now", now);
      if (now && !first) { first = turn; }
    });
    reveal(first);
  }
  function seek(time, play) {
    if (audio) {
      audio.currentTime = time;
      if (audio.readyState === 0) {
        audio.addEventListener("loadedmetadata", function () { audio.currentTime = time; }, { once: true });
        audio.load();
      }
      if (play) { var started = audio.play(); if (started) { started.catch(function () {}); } }
    }
    mark(time);
  }
  if (audio) {
    audio.addEventListener("timeupdate", function () { mark(audio.currentTime); });
    audio.addEventListener("error", function () {
      var note = document.querySelector("[data-unplayable]");
      if (note) { note.hidden = false; }
    });
  }
  document.addEventListener("click", function (event) {
    var place = event.target.closest("[data-at]");
    if (place && !String(window.getSelection())) { seek(parseFloat(place.getAttribute("data-at")), true); return; }
    var lane = event.target.closest("[data-timeline]");
    if (lane) { var box = lane.getBoundingClientRect(); seek(length * (event.clientX - box.left) / box.width, true); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches && event.target.matches(".turn")) { event.target.click(); }
  });
  function fromAddress() {
    var found = /^#t=([0-9.]+)$/.exec(location.hash);
    if (!found) { return; }
    var time = parseFloat(found[1]);
    // A long transcript has several pages: the one that holds the place is the right one.
    var part = all(document, "[data-from]").filter(function (one, index) {
      return index === 0 || parseFloat(one.getAttribute("data-from")) <= time;
    }).pop();
    if (part && part.getAttribute("href")) { location.replace(part.getAttribute("href") + location.hash); return; }
    seek(time, false);
    var near = turns.filter(function (turn) { return parseFloat(turn.getAttribute("data-to")) > time; })[0];
    if (near) { near.classList.add("now"); reveal(near); }
    if (near && script) { script.scrollIntoView({ block: "nearest" }); }
  }
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
