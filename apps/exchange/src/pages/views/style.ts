import { ACCOUNT_STYLE } from './account-style.ts';

/** The look of the sign-in pages: one calm card, light and dark alike, at home on a phone. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f8; --card: #ffffff; --ink: #1c2430; --quiet: #55606e; --line: #8a94a1; --rule: #e1e5ea;
  --accent: #0b6475; --on-accent: #ffffff; --error: #a3211b; --error-ground: #fdf0ef; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181d; --card: #1d232b; --ink: #e8ecf1; --quiet: #a9b4c0;
  --line: #77828f; --rule: #343d48; --accent: #6cc5d6; --on-accent: #0b1d22; --error: #ff9d94; --error-ground: #3a1f1e; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground);
  color: var(--ink); font: 16px/1.5 "Source Sans 3", "Segoe UI", Frutiger, "Noto Sans", system-ui, sans-serif; }
main { width: 100%; max-width: 400px; padding: 32px; background: var(--card); border-radius: 12px; }
h1 { margin: 0 0 8px; font-size: 24px; line-height: 1.25; font-weight: 600; }
p { margin: 0 0 16px; color: var(--quiet); }
ul { margin: 0 0 24px; padding-left: 24px; }
label { display: block; margin: 16px 0 4px; font-weight: 600; }
input { width: 100%; height: 48px; padding: 0 12px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); color: inherit; font: inherit; }
button { width: 100%; min-height: 48px; margin-top: 24px; padding: 0 16px; border: 1px solid var(--accent);
  border-radius: 8px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
.button { display: block; width: 100%; padding: 11px 16px; border: 1px solid var(--accent); border-radius: 8px;
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-align: center; text-decoration: none; }
input.one-time { font-size: 20px; letter-spacing: 0.12em; font-variant-numeric: tabular-nums; }
.button.second { margin-top: 12px; background: transparent; color: var(--accent); }
.ways { margin-top: 24px; }
.ways .or { margin: 0; text-align: center; }
.links { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 8px 24px; margin: 24px 0 0; }
.expects { margin: 0 0 4px; font-size: 14px; }
.fault { margin: 0 0 4px; color: var(--error); }
input[aria-invalid="true"] { border: 2px solid var(--error); }
button.second { margin-top: 12px; background: transparent; color: var(--accent); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { padding: 12px 16px; border-radius: 8px; background: var(--error-ground); color: var(--error); }
.code { font-size: 14px; overflow-wrap: anywhere; }
fieldset { margin: 0 0 8px; padding: 0; border: 0; }
legend { padding: 0; margin: 0 0 8px; font-weight: 600; }
.box { display: flex; gap: 12px; align-items: flex-start; padding: 10px 0; }
.box input { flex: none; width: 24px; height: 24px; margin: 0; accent-color: var(--accent); }
.box label { margin: 0; font-weight: 400; }
.about { padding: 12px 16px; border-left: 4px solid var(--accent); background: var(--ground); color: var(--ink); }
.choices { list-style: none; margin: 0; padding: 0; }
.choices button { margin-top: 8px; padding: 10px 16px; text-align: left; font-weight: 400; background: var(--card);
  color: var(--ink); border-color: var(--line); }
.choices b, .choices span { display: block; overflow-wrap: anywhere; }
.choices span { color: var(--quiet); font-size: 14px; }
main:has(.mail) { max-width: 720px; margin: auto; }
.mail { margin-top: 24px; padding-top: 24px; border-top: 1px solid var(--rule); overflow-wrap: anywhere; }
.mail h2 { margin: 0 0 4px; font-size: 18px; line-height: 1.35; font-weight: 600; }
.mail .text { margin: 0; color: var(--ink); white-space: pre-wrap; }
.search { display: grid; grid-template-columns: 1fr auto; gap: 0 8px; margin-bottom: 16px; }
.search label { grid-column: 1 / -1; }
.search button { width: auto; margin-top: 0; }
@media (max-width: 440px) { main { padding: 24px 16px; } }
${ACCOUNT_STYLE}`;
