/** What the account's own pages need beyond a form: sections, and rows that say what there is and how to change it. */
export const ACCOUNT_STYLE = `
main.wide { max-width: 640px; }
h2 { margin: 0 0 8px; font-size: 18px; line-height: 1.35; font-weight: 600; }
h3, h4 { margin: 0; font-size: 16px; line-height: 1.4; font-weight: 600; overflow-wrap: anywhere; }
.part { margin-top: 16px; padding: 16px; border: 1px solid var(--rule); border-radius: 12px; }
.part > h3 { font-size: 17px; }
.part > p { margin-bottom: 8px; }
.part > .of { margin-bottom: 4px; font-size: 15px; }
.part > .rows, .part > details .rows { margin: 8px 0 0; }
.part > :last-child { margin-bottom: 0; }
section { padding: 24px 0; border-top: 1px solid var(--rule); }
section p:last-child { margin-bottom: 0; }
.box > div { flex: 1; min-width: 0; }
.box > div p { margin: 0; }
.what { color: var(--ink); }
.rows { list-style: none; margin: 0 0 16px; padding: 0; }
.rows > li { padding: 12px 0; border-top: 1px solid var(--rule); }
section > .rows:last-child { margin-bottom: 0; }
.rows > li:first-child { border-top: 0; padding-top: 4px; }
.row { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: start; justify-content: space-between; }
.row > div { flex: 1 1 240px; min-width: 0; }
.row p, .rows p { margin: 0; font-size: 15px; }
.rows ul { margin: 8px 0 0; padding-left: 20px; color: var(--quiet); font-size: 15px; }
.badge { display: inline-block; margin-left: 8px; padding: 0 8px; border: 1px solid var(--accent); border-radius: 999px;
  color: var(--accent); font-size: 13px; font-weight: 600; white-space: nowrap; }
.badge.on { background: var(--accent); color: var(--on-accent); }
.badge.off { border-color: var(--line); color: var(--quiet); }
.badge.open { border-style: dashed; border-color: var(--line); color: var(--quiet); }
.deeds { display: flex; flex-wrap: wrap; gap: 8px; }
.part .deeds { flex-basis: 100%; margin-top: 4px; }
.while { flex-basis: 100%; }
.while label { margin-top: 4px; }
.while button.small { margin-top: 12px; }
.row:target { background: var(--ground); box-shadow: 0 0 0 8px var(--ground); border-radius: 4px; }
button.small { width: auto; min-height: 44px; margin: 0; padding: 0 12px; background: transparent; color: var(--accent);
  border-color: var(--line); }
button.small.plain { padding: 0 8px; border-color: transparent; font-weight: 400; text-decoration: underline; }
button.danger { background: transparent; color: var(--error); border-color: var(--error); }
summary { display: inline-block; padding: 10px 0; color: var(--accent); text-decoration: underline; cursor: pointer; }
button.small.danger { color: var(--error); border-color: var(--error); }
details form + form { margin-top: 16px; }
details p { margin: 0 0 8px; font-size: 15px; }
details[open] { padding-bottom: 8px; }
.inline { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; }
.inline > div { flex: 1 1 200px; }
.inline label { margin-top: 0; }
.inline button { margin: 0; min-height: 48px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.below { margin: 8px 0 0; font-size: 15px; }
.qr { width: 208px; margin: 0 auto 16px; padding: 8px; background: #ffffff; border-radius: 8px; }
.qr svg { display: block; width: 100%; height: auto; }
.secret, .codes { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; font-variant-numeric: tabular-nums; }
.secret { color: var(--ink); font-size: 17px; overflow-wrap: anywhere; }
.codes { display: grid; grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); gap: 8px 16px; margin: 0 0 24px;
  padding: 16px; list-style: none; border: 1px solid var(--line); border-radius: 8px; color: var(--ink); }
.codes li { white-space: nowrap; }
.good { padding: 12px 16px; border-radius: 8px; border: 1px solid var(--accent); color: var(--ink); }
@media (max-width: 440px) { .part { padding: 12px; } }
@media print { button, nav, .links { display: none; } }
`;
