// Links of the text into the page itself: they change the place, and load nothing.

/**
 * @param {(search: string) => void} go
 */
export function followLinks(go) {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || Boolean(link?.target);
    if (!link || elsewhere || link.origin !== location.origin || link.pathname !== location.pathname || link.search === '') return;
    event.preventDefault();
    go(link.search);
  });
}
