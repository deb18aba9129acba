// Finds pages that hold every word typed: those with the words in their title first.
const box = document.getElementById('search'), found = document.getElementById('found');
let pages;
async function search() {
    const words = box.value.toLowerCase().split(/\s+/).filter(w => w);
    pages ??= fetch(box.dataset.index).then(r => r.json());
    const hits = (await pages)
        .map(page => ({ page, title: page.title.toLowerCase(), text: `${page.title} ${page.headings?.join?.(' ') ?? ''} ${page.content}`.toLowerCase() }))
        .filter(hit => words.length && words.every(w => hit.text.includes(w)))
        .sort((a, b) => words.filter(w => b.title.includes(w)).length - words.filter(w => a.title.includes(w)).length || a.title.length - b.title.length);
    found.replaceChildren(...hits.slice(0, 12).map(hit => {
        const link = Object.assign(document.createElement('a'), { href: hit.page.uri, textContent: hit.page.title });
        const item = document.createElement('li');
        item.append(link);
        return item;
    }));
}
box.addEventListener('input', search);
box.addEventListener('keydown', e => { if (e.key === 'Escape') { box.value = ''; search(); } });
