"use strict";
(() => {
  const STEP = 200;
  const TAGS = { kept: "", "kept on purpose": "", removed: "good", emptied: "good", replaced: "good", "changed within": "good", added: "" };
  const GONE = new Set(["removed", "emptied", "removed or emptied"]);
  const byId = id => document.getElementById(id);
  const groups = JSON.parse(byId("data").textContent);
  const rows = groups.flatMap((group, index) => group.rows.map(row => ({ ...row, group, index })));
  for (const row of rows) {
    row.text = [row.name, row.tag, ...row.values.flat()].join("\n").toLowerCase();
  }
  const KINDS = {
    all: () => true,
    changed: row => !row.done.startsWith("kept"),
    removed: row => GONE.has(row.done),
    left: row => row.done === "kept" && row.code,
    identifying: row => row.code,
  };
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

  function values(row, side) {
    const parts = row.values.map(pair => element("div", pair[side] ? "name" : "faint", pair[side] || "–"));
    if (row.more) parts.push(element("div", "faint", "and others"));
    return parts;
  }

  function line(row) {
    const made = document.createElement("tr");
    const head = cell("th", "Field", element("span", "name", row.name));
    head.scope = "row";
    if (row.tag) head.append(document.createElement("br"), element("span", "faint", `(${row.tag.slice(0, 4)},${row.tag.slice(4)})`));
    const left = row.done === "kept" && row.code;
    const done = cell("td", "What happened", element("span", `tag ${left ? "bad" : TAGS[row.done] ?? "good"}`, row.done));
    if (row.code) done.append(" ", element("span", "faint", `PS3.15: ${row.code}`));
    const files = `${row.files} of ${row.group.files} ${row.group.files === 1 ? "file" : "files"}`;
    const where = cell("td", "Where", row.group.name, document.createElement("br"), element("span", "faint", files));
    made.append(head, done, cell("td", "Before", ...values(row, 0)), cell("td", "After", ...values(row, 1)), where);
    return made;
  }

  function showMore() {
    byId("fields").tBodies[0].append(...found.slice(shown, shown + STEP).map(line));
    shown = Math.min(shown + STEP, found.length);
    byId("more").hidden = shown === found.length;
    byId("count").textContent = `${found.length} of ${rows.length} rows${shown < found.length ? `, the first ${shown} are shown` : ""}`;
  }

  function search() {
    const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = KINDS[byId("kind").value], group = byId("group").value;
    found = rows.filter(row => kind(row) && (group === "" || row.index === +group) && words.every(word => row.text.includes(word)));
    shown = 0;
    byId("fields").tBodies[0].replaceChildren();
    showMore();
  }

  for (const id of ["words", "kind", "group"]) byId(id).addEventListener("input", search);
  document.forms[0].addEventListener("submit", event => event.preventDefault());
  byId("more").addEventListener("click", showMore);
  byId("copy")?.addEventListener("click", async () => {
    getSelection().selectAllChildren(byId("lines"));
    try {
      await navigator.clipboard.writeText(byId("lines").textContent);
      byId("copied").textContent = "copied";
    } catch {
      byId("copied").textContent = "selected; copy it with the keyboard";
    }
  });
  search();
})();
