// A form's own members. A field hides the member of its form that has its name, and a parameter, whose field has its name, may be
// called `closest` or `submit`. Scripts reach the forms of such fields through this.
globalThis.unshadowed = (element) => {
  if (!(element instanceof HTMLFormElement)) {
    return element;
  }
  return new Proxy(element, {
    get(form, name) {
      const member = Reflect.get(HTMLFormElement.prototype, name, form);
      return typeof member === "function" ? member.bind(form) : member;
    },
  });
};
