// The settings page: a file instead of pasted text, and the first error in view. The page works without it.

const LARGEST_FILE_BYTES = 4096;

const at = (id) => document.getElementById(id);

for (const link of document.querySelectorAll(".problem a")) {
  const field = at(link.hash.slice(1));
  if (!field) continue;
  const error = Object.assign(document.createElement("p"), { className: "error", id: field.id + "-error", textContent: link.textContent });
  field.after(error);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", `${error.id} ${field.getAttribute("aria-describedby") || ""}`.trim());
}
const first = document.querySelector("[aria-invalid]");
if (first) first.focus();

const file = at("file");
if (file) {
  file.hidden = false;
  at("file-label").hidden = false;
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size > LARGEST_FILE_BYTES) {
      at("text-hint").textContent = "This file is too large to be one of Dewlog's settings.";
      return;
    }
    at("text").value = await chosen.text();
    at("text-hint").textContent = `${chosen.name} is read. Shows what would change before anything does.`;
  });
}
