"""How the page looks: in light and in dark, on a phone and on paper. The policy names the hash of exactly this text."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

LIGHT = """--paper:#f4f6f8;--card:#fff;--ink:#17202a;--soft:#5a6774;--line:#dde3e9;--accent:#0a66c2;
--bad:#c0263d;--bad-soft:#fdecee;--good:#17753d;--good-soft:#e6f4ea;--unsure:#8a5a00;--unsure-soft:#fdf3dc;
--aim:#7b5bd6;--late:#0f8f8c;--hatch:#c3ccd5;"""
DARK = """--paper:#0e1318;--card:#171e26;--ink:#e6ebf0;--soft:#9aa7b4;--line:#2b3540;--accent:#5cb0ff;
--bad:#ff7183;--bad-soft:#3a1a21;--good:#6fd39a;--good-soft:#14301f;--unsure:#f0bd5a;--unsure-soft:#352a12;
--aim:#b39bff;--late:#45cfc9;--hatch:#3b4753;"""

SHEET = (
    """
:root{color-scheme:light dark;LIGHT}
@media (prefers-color-scheme:dark){:root{DARK}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1060px;margin:0 auto;padding:28px 24px 40px}
h1{font-size:28px;line-height:1.2;margin:0;overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 10px}
p{margin:0 0 8px}
.over{color:var(--soft);font-size:12px;letter-spacing:.08em;text-transform:uppercase;margin:0 0 4px}
.period{color:var(--soft);margin:6px 0 0}
section,.verdict{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;
margin:16px 0 0}
.verdict{border-left:6px solid var(--soft)}
.verdict strong{display:block;font-size:20px;line-height:1.3}
.verdict p{margin:4px 0 0}
.good{border-left-color:var(--good);background:var(--good-soft)}
.good strong{color:var(--good)}
.bad{border-left-color:var(--bad);background:var(--bad-soft)}
.bad strong{color:var(--bad)}
.unsure{border-left-color:var(--unsure);background:var(--unsure-soft)}
.unsure strong{color:var(--unsure)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;background:var(--line);border:1px solid var(--line);
border-radius:10px;overflow:hidden;margin:16px 0 0}
.tile{background:var(--card);padding:14px 16px}
.tile dt{color:var(--soft);font-size:13px}
.tile dd{margin:0}
.tile .value{font-size:23px;line-height:1.3;font-weight:600;white-space:nowrap}
.tile .note{color:var(--soft);font-size:12px;line-height:1.4}
figure{margin:0}
.plot{display:flex}
.plot svg{display:block}
.axis{flex:none}
.field{flex:1;min-width:0;overflow:visible}
svg text{font-size:12px;fill:var(--soft)}
.grid{stroke:var(--line)}
.base{stroke:var(--soft)}
.trace,.setpoint{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}
.trace{stroke:var(--accent);stroke-width:1.6px}
.out{stroke:var(--bad);stroke-width:2px}
.setpoint{stroke:var(--aim);stroke-width:1.3px;stroke-dasharray:5 4}
.limit{stroke:var(--bad);stroke-dasharray:2 3}
svg .limit-label{fill:var(--bad);font-size:11px;font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:6px;
stroke-linejoin:round}
rect.excursion{fill:var(--bad);opacity:.14}
.hatch{fill:var(--hatch)}
rect.gap{opacity:.55}
rect.fetched{fill:var(--late)}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:8px 0 0;padding:0 0 0 46px;color:var(--soft);
font-size:13px}
.legend li{display:flex;align-items:center;gap:6px}
.key{display:inline-block;width:18px;height:0;border-top:2px solid var(--accent)}
.key.beyond{border-color:var(--bad)}
.key.setpoint{border-top:2px dashed var(--aim)}
.key.limit{border-top:2px dotted var(--bad)}
.key.excursion,.key.gap,.key.fetched{height:12px;width:14px;border:0;border-radius:2px}
.key.excursion{background:var(--bad);opacity:.3}
.key.gap{background:repeating-linear-gradient(45deg,var(--hatch) 0 3px,transparent 3px 6px)}
.key.fetched{background:var(--late);height:5px}
table{width:100%;border-collapse:collapse;font-size:14px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:12.5px;border-bottom:1px solid var(--line);
padding:6px 10px 6px 0;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:8px 10px 8px 0;vertical-align:top}
tr:last-child td{border-bottom:0}
th:last-child,td:last-child{padding-right:0}
td.number,th.number{text-align:right;white-space:nowrap}
time{white-space:nowrap}
q{font-style:italic;quotes:"“" "”"}
q,bdi{overflow-wrap:anywhere}
.soft{color:var(--soft)}
.mark{display:inline-block;border-radius:4px;padding:0 7px;font-size:12.5px;font-weight:600;white-space:nowrap}
.mark.no{background:var(--bad-soft);color:var(--bad)}
.mark.yes{background:var(--good-soft);color:var(--good)}
.mark.wait{background:var(--unsure-soft);color:var(--unsure)}
.facts{display:grid;grid-template-columns:repeat(2,1fr);gap:0 36px;margin:0}
.facts div{display:flex;justify-content:space-between;gap:16px;border-bottom:1px solid var(--line);padding:6px 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;text-align:right;overflow-wrap:anywhere}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.hash{display:block;background:var(--paper);border-radius:6px;padding:8px 10px;margin:6px 0 8px}
.audit code{color:var(--soft);font-size:11.5px;white-space:nowrap}
section>p:last-child{margin-bottom:0}
.after{margin:10px 0 0}
footer{color:var(--soft);font-size:12.5px;margin:20px 4px 0}
@media (max-width:700px){
main{padding:18px 12px 28px}
section,.verdict{padding:14px}
h1{font-size:23px}
.tiles{grid-template-columns:repeat(2,1fr)}
.tile{padding:11px 12px}
.tile .value{font-size:19px}
.facts{grid-template-columns:1fr}
.minor{display:none}
.legend{padding-left:0}
table,tbody,tr,td{display:block}
thead{display:none}
tr{border-bottom:1px solid var(--line);padding:8px 0}
tr:first-child{padding-top:0}
tr:last-child{border-bottom:0;padding-bottom:0}
td,td.number{display:flex;justify-content:space-between;gap:16px;border:0;padding:2px 0;text-align:right}
td:first-child{font-weight:600}
td::before{content:attr(data-label);color:var(--soft);font-weight:400;text-align:left;flex:none}
td>div{min-width:0}
.empty{display:none}
.days tr{display:grid;grid-template-columns:1fr 1fr;gap:0 28px}
.days td:first-child{grid-column:1/-1}
}
@page{size:A4;margin:13mm}
@media print{
:root{color-scheme:light;LIGHT}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{background:none;font-size:11px}
main{max-width:none;padding:0}
h1{font-size:21px}
h2{font-size:13.5px}
section,.verdict{padding:10px 12px;margin-top:10px;border-radius:6px}
.tiles{margin-top:10px;border-radius:6px}
.tile{padding:8px 10px}
.tile .value{font-size:16px}
.tile dt,.tile .note,.legend{font-size:10px}
table{font-size:10.5px}
th,.mark,code,.audit code,footer{font-size:10px}
td{padding:4px 8px 4px 0}
thead{display:table-header-group}
tr,figure,.tiles,.verdict,.facts div{break-inside:avoid}
h2{break-after:avoid}
}
""".replace("LIGHT", LIGHT)
    .replace("DARK", DARK)
    .strip()
)

POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(sha256(SHEET.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)
"""Nothing is loaded, nothing runs, nothing is sent; the one style sheet is known by its hash."""
