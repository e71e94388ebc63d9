(() => {
  const rows = JSON.parse(byId("data").textContent);
  if (!rows.length) return;
  for (const row of rows) row.text = Object.values(row).join("\n").toLowerCase();

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

  searched({
    table: "findings",
    noun: "findings",
    rows,
    line,
    inputs: ["kind", "certainty"],
    chosen: (kind, certainty) => row => (!kind || row.kind === kind) && (!certainty || row.certainty === certainty),
  });
})();
