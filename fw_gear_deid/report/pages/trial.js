(() => {
  const TAGS = { kept: "", "kept on purpose": "", removed: "good", emptied: "good", replaced: "good", "changed within": "good", added: "" };
  const GONE = new Set(["removed", "emptied", "removed or emptied"]);
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

  byId("copy")?.addEventListener("click", async () => {
    getSelection().selectAllChildren(byId("lines"));
    try {
      await navigator.clipboard.writeText(byId("lines").textContent);
      byId("copied").textContent = "copied";
    } catch {
      byId("copied").textContent = "selected; copy it with the keyboard";
    }
  });
  searched({
    table: "fields",
    noun: "rows",
    rows,
    line,
    inputs: ["kind", "group"],
    chosen: (kind, group) => row => KINDS[kind](row) && (group === "" || row.index === +group),
  });
})();
