"use strict";
const number = count => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");  // as on the rest of the page
const byId = id => document.getElementById(id);

function cell(kind, label, ...parts) {
  const made = document.createElement(kind);
  made.dataset.label = label;
  made.append(...parts);
  return made;
}

function element(kind, name, text) {
  const made = document.createElement(kind);
  made.className = name;
  made.textContent = text;
  return made;
}

// A table of rows, each with its text in small letters, that words and other inputs narrow down, and that grows on demand.
function searched({ table, noun, rows, line, inputs, chosen }) {
  const STEP = 200;
  let found = rows, shown = 0;

  function showMore() {
    byId(table).tBodies[0].append(...found.slice(shown, shown + STEP).map(line));
    shown = Math.min(shown + STEP, found.length);
    byId("more").hidden = shown === found.length;
    byId("count").textContent = `${number(found.length)} of ${number(rows.length)} ${noun}${shown < found.length ? `, the first ${shown} are shown` : ""}`;
  }

  function search() {
    const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const keeps = chosen(...inputs.map(id => byId(id).value));
    found = rows.filter(row => keeps(row) && words.every(word => row.text.includes(word)));
    shown = 0;
    byId(table).tBodies[0].replaceChildren();
    showMore();
  }

  for (const id of ["words", ...inputs]) byId(id).addEventListener("input", search);
  document.forms[0].addEventListener("submit", event => event.preventDefault());
  byId("more").addEventListener("click", showMore);
  search();
}
