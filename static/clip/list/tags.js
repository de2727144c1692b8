// Completes each of several tags in one field: what is offered begins with the tags that were typed before.
for (const field of document.querySelectorAll("[data-tags]")) {
  const tags = [...field.list.options].map((option) => option.value);
  const offer = () => {
    const end = field.value.lastIndexOf(",") + 1;
    const before = end ? `${field.value.slice(0, end)} ` : "";
    const typed = before.split(",").map((tag) => tag.trim().toLowerCase());
    const rest = tags.filter((tag) => !typed.includes(tag));
    field.list.replaceChildren(...rest.map((tag) => new Option("", before + tag)));
  };
  field.addEventListener("input", offer);
}
