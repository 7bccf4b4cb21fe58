"use strict";
(function () {
  var all = function (root, what) { return Array.prototype.slice.call(root.querySelectorAll(what)); };
  var STEP = 200;

  all(document, "table[data-rows]").forEach(function (table) {
    var body = table.tBodies[0], rows = all(body, "tr"), room = STEP;
    var box = table.closest("section") || document;
    var form = box.querySelector("[data-filters]"), more = box.querySelector("[data-more]");
    var lists = rows.map(function (row) { return " " + (row.getAttribute("data-is") || "") + " "; });
    function show() {
      var wanted = form ? all(form, "select").map(function (one) { return one.value; }).filter(Boolean) : [];
      var fit = 0;
      rows.forEach(function (row, index) {
        var keep = wanted.every(function (token) { return lists[index].indexOf(" " + token + " ") >= 0; });
        if (keep) { fit += 1; }
        row.hidden = !keep || fit > room;
      });
      if (more) { more.hidden = fit <= room; }
      var count = form && form.querySelector("[data-count]");
      if (count) { count.textContent = count.getAttribute("data-pattern").replace("{}", fit).replace("{}", rows.length); }
    }
    if (form) { form.addEventListener("change", function () { room = STEP; show(); }); form.addEventListener("submit", function (e) { e.preventDefault(); }); }
    if (more) { more.addEventListener("click", function () { room += STEP; show(); }); }
    all(table, "th[data-sort]").forEach(function (head) {
      head.addEventListener("click", function () {
        var down = head.getAttribute("aria-sort") !== "descending" && head.getAttribute("data-sort") === "number" ||
          head.getAttribute("aria-sort") === "ascending";
        all(table, "th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var at = head.cellIndex, number = head.getAttribute("data-sort") === "number";
        var key = function (row) {
          var text = row.cells[at].textContent.trim();
          if (!number) { return text; }
          var value = text.split(":").reduce(function (sum, part) { return sum * 60 + parseFloat(part.replace(/[^0-9.\-]/g, "")); }, 0);
          return isNaN(value) ? -1 : value;
        };
        var pairs = rows.map(function (row, index) { return [key(row), index, row, lists[index]]; });
        pairs.sort(function (a, b) {
          var order = number ? a[0] - b[0] : a[0].localeCompare(b[0]);
          return (down ? -order : order) || a[1] - b[1];
        });
        rows = pairs.map(function (pair) { body.appendChild(pair[2]); return pair[2]; });
        lists = pairs.map(function (pair) { return pair[3]; });
        show();
      });
    });
    show();
  });

  var player = document.querySelector(".player");
  var turns = all(document, ".turn[data-at]");
  if (!player && !turns.length) { return; }
  var audio = document.querySelector("audio"), line = document.querySelector(".playhead");
  var length = player ? parseFloat(player.getAttribute("data-length")) || 1 : 1;
  function mark(time) {
    if (line) { var x = String(1000 * Math.min(time / length, 1)); line.setAttribute("x1", x); line.setAttribute("x2", x); }
    turns.forEach(function (turn) {
      var now = parseFloat(turn.getAttribute("data-at")) <= time && time < parseFloat(turn.getAttribute("data-to"));
      turn.classList.toggle("now", now);
    });
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
  if (audio) { audio.addEventListener("timeupdate", function () { mark(audio.currentTime); }); }
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
    seek(time, false);
    var near = turns.filter(function (turn) { return parseFloat(turn.getAttribute("data-to")) > time; })[0];
    if (near) { near.classList.add("now"); near.scrollIntoView({ block: "center" }); }
  }
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
