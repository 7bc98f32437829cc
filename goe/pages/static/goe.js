// The pages work without this file. It adds two things: buttons that copy, and a light that joins map and table.

const said = document.getElementById("said");

for (const button of document.querySelectorAll("button[data-copy]")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent; // as it is: the last field of a table can be empty
    let copied = true;
    try { await navigator.clipboard.writeText(text); } catch { copied = false; } // refused, or not served over https
    button.textContent = copied ? "Copied" : "Not copied";
    said.textContent = `${button.dataset.said}: ${copied ? "copied" : "could not be copied; open the texts below the table"}`;
    setTimeout(() => { button.textContent = words; }, 1600);
  });
}

function light(event, on) {
  const nation = event.target.closest?.("[data-nation]")?.dataset.nation;
  if (!nation) return;
  for (const part of document.querySelectorAll(`[data-nation="${nation}"]`)) part.classList.toggle("lit", on);
}
for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, (event) => light(event, true));
for (const kind of ["mouseout", "focusout"]) document.addEventListener(kind, (event) => light(event, false));
