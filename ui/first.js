// Loads a page's program after the page itself was painted: its text is there sooner when nothing else is fetched before.

const { program } = document.documentElement.dataset;
let begun = false;

function begin() {
  if (begun || program === undefined) return;
  begun = true;
  void import(program);
}

requestAnimationFrame(() => setTimeout(begin));
// A page that nobody looks at is not painted.
setTimeout(begin, 200);
