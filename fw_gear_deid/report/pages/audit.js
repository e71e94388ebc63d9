"use strict";
(() => {
  const STEP = 200;
  const byId = id => document.getElementById(id);
  const rows = JSON.parse(byId("data").textContent);
  if (!rows.length) return;
  for (const row of rows) row.text = Object.values(row).join("\n").toLowerCase();
  let found = rows, shown = 0;

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

  function line(row) {
    const made = document.createElement("tr");
    const head = cell("th", "Where", element("span", "name", row.where));
    head.scope = "row";
    const kind = cell("td", "Kind", element("span", `tag ${row.certainty === "certain" ? "bad" : "warn"}`, row.certainty), " ", row.kind);
    const source = cell("td", "Source", element("span", "name", row.source));
    if (row.member) source.append(document.createElement("br"), element("span", "faint", row.member));
    made.append(head, kind, cell("td", "Why", row.why), cell("td", "Value", element("span", "name", row.value)), source);
    return made;
  }

  function showMore() {
    byId("findings").tBodies[0].append(...found.slice(shown, shown + STEP).map(line));
    shown = Math.min(shown + STEP, found.length);
    byId("more").hidden = shown === found.length;
    byId("count").textContent = `${found.length} of ${rows.length} findings${shown < found.length ? `, the first ${shown} are shown` : ""}`;
  }

  function search() {
    const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = byId("kind").value, certainty = byId("certainty").value;
    found = rows.filter(row => (!kind || row.kind === kind) && (!certainty || row.certainty === certainty) && words.every(word => row.text.includes(word)));
    shown = 0;
    byId("findings").tBodies[0].replaceChildren();
    showMore();
  }

  for (const id of ["words", "kind", "certainty"]) byId(id).addEventListener("input", search);
  document.forms[0].addEventListener("submit", event => event.preventDefault());
  byId("more").addEventListener("click", showMore);
  search();
})();
