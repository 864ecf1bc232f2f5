"""Pages that mean harm: what each does, and whether the fast tests try it.

`{private}` is the host of the private target, `{port}` its port, `{site}` the address of the site.
"""

import time
import zlib

from tests.autousers.engine.browser import hostile_reaching, hostile_wearing
from tests.autousers.engine.browser.hostile_case import PRIVATE, Case, page, redirect
from tests.autousers.engine.browser.servers import Asked, Site


def _trickle(asked: Asked) -> None:
    asked.begin()
    asked.wfile.write(page().encode())
    for _ in range(600):
        asked.wfile.write(b"<p>more")
        asked.wfile.flush()
        time.sleep(0.1)


def _silence(asked: Asked) -> None:
    time.sleep(30)


def _flood(asked: Asked) -> None:
    asked.begin()
    for _ in range(2000):
        asked.wfile.write(b"<p>" + b"x" * 100_000)


def _gzip_bomb(asked: Asked) -> None:
    made = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(made.compress(b"<p>" + b"a" * 1_000_000) for _ in range(300)) + made.flush()
    asked.reply(200, body, Content_Encoding="gzip")


def _attachment(asked: Asked) -> None:
    asked.reply(200, b"MZ", "application/octet-stream", Content_Disposition="attachment")


REACH = """
const P = "{private}:{port}";
const quiet = (f) => {{ try {{ const r = f(); if (r && r.catch) r.catch(() => 0); }} catch (e) {{}} }};
quiet(() => fetch("http://" + P + "/f", {{mode: "no-cors"}}));
quiet(() => fetch("http://" + P + "/p", {{mode: "no-cors", method: "POST", body: "x"}}));
quiet(() => fetch("http://[::1]:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://[::ffff:7f00:2]:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://2130706434:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://0177.0.0.2:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://0x7f.2:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://localhost:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://private.example:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("http://mixed.example:{port}/", {{mode: "no-cors"}}));
quiet(() => fetch("https://" + P + "/", {{mode: "no-cors"}}));
quiet(() => fetch("/to-private", {{mode: "no-cors"}}));
quiet(() => navigator.sendBeacon("http://" + P + "/b", "x"));
quiet(() => new WebSocket("ws://" + P + "/"));
quiet(() => new WebSocket("wss://" + P + "/"));
quiet(() => new WebSocket("ws://localhost:{port}/"));
quiet(() => new EventSource("http://" + P + "/"));
quiet(() => new Image().src = "http://" + P + "/i.png");
quiet(() => new XMLHttpRequest().open("GET", "http://" + P + "/", true));
quiet(() => {{ const x = new XMLHttpRequest(); x.open("POST", "http://" + P + "/"); x.send("y"); }});
quiet(() => {{ const t = new WebTransport("https://" + P + "/"); t.ready.catch(() => 0); t.closed.catch(() => 0); }});
quiet(() => {{
  const w = new Worker(URL.createObjectURL(new Blob(["fetch('http://" + P + "/w', {{mode: 'no-cors'}})"])));
}});
quiet(() => navigator.serviceWorker.register("/sw.js"));
for (const [tag, key, more] of [["iframe", "src"], ["script", "src"], ["embed", "src"], ["video", "src"],
    ["object", "data"], ["link", "href", {{rel: "stylesheet"}}], ["link", "href", {{rel: "prefetch"}}],
    ["link", "href", {{rel: "preconnect"}}], ["link", "href", {{rel: "dns-prefetch"}}],
    ["link", "href", {{rel: "preload", as: "script"}}], ["link", "href", {{rel: "modulepreload"}}],
    ["link", "href", {{rel: "icon"}}], ["link", "href", {{rel: "manifest"}}]]) {{
  const e = document.createElement(tag);
  Object.assign(e, more || {{}});
  e[key] = "http://" + P + "/" + tag;
  document.body.append(e);
}}
const rules = document.createElement("script");
rules.type = "speculationrules";
rules.textContent = JSON.stringify({{prefetch: [{{source: "list", urls: ["http://" + P + "/s"], eagerness: "immediate"}}],
  prerender: [{{source: "list", urls: ["http://" + P + "/r"], eagerness: "immediate"}}]}});
document.body.append(rules);
quiet(() => {{
  const c = new RTCPeerConnection({{iceServers: [{{urls: ["stun:" + P, "stun:[::1]:{port}"]}},
    {{urls: ["turn:" + P + "?transport=udp", "turn:" + P + "?transport=tcp"], username: "a", credential: "b"}}]}});
  c.createDataChannel("x");
  c.createOffer().then((o) => c.setLocalDescription(o));
}});
quiet(() => {{
  const one = new RTCPeerConnection(), other = new RTCPeerConnection();
  one.createDataChannel("x");
  one.createOffer().then(async (o) => {{
    await one.setLocalDescription(o);
    await other.setRemoteDescription(o);
    const a = await other.createAnswer();
    await other.setLocalDescription(a);
    await one.setRemoteDescription(a);
    const candidate = "candidate:1 1 udp 2122260223 {private} {port} typ host generation 0";
    await one.addIceCandidate({{candidate, sdpMid: "0", sdpMLineIndex: 0}});
  }});
}});
"""

_LOOP = "for (;;) {}"
_FILL = (
    "const k = []; setTimeout(() => { for (;;) k.push(new Array(1e6).fill(Math.random())); }, 0);"
)
_BUFFERS = (
    "const k = []; setTimeout(() => { for (;;) k.push(new Uint8Array(64 << 20).fill(1)); }, 0);"
)
_WASM = (
    "const k = []; setTimeout(() => { for (;;) { const m = new WebAssembly.Memory({initial: 4000});"
    " new Uint8Array(m.buffer).fill(1); k.push(m); } }, 0);"
)


def cases(site: Site, port: int) -> list[Case]:
    """All pages, for a private target at a port."""
    private = f"http://{PRIVATE}:{port}/"
    site.page("/to-private", redirect(302, private))
    reach = REACH.format(private=PRIVATE, port=port)
    here = site.url("/x")
    refused = "not allowed"
    return [
        Case("reach", page(reach), fast=True),
        Case("redirect-302", redirect(302, private), refused, fast=True),
        Case("redirect-307", redirect(307, private), refused),
        Case("redirect-name", redirect(302, f"http://private.example:{port}/"), refused),
        Case("redirect-mixed", redirect(302, f"http://mixed.example:{port}/"), refused),
        Case("redirect-decimal", redirect(302, f"http://2130706434:{port}/"), refused),
        Case("redirect-ipv6", redirect(302, f"http://[::1]:{port}/"), refused),
        Case("redirect-mapped", redirect(302, f"http://[::ffff:127.0.0.2]:{port}/"), refused),
        Case("redirect-file", redirect(302, "file:///etc/passwd"), "redirects to"),
        Case("redirect-data", redirect(302, "data:text/html,hi"), "redirects to"),
        Case("refresh", page(body=f'<meta http-equiv=refresh content="0;url={private}">'), refused),
        Case("location", page(f"location = '{private}'"), refused, fast=True),
        Case("location-later", page(f"setTimeout(() => location = '{private}', 1500)")),
        Case("form-submits", page("document.forms[0].submit()",
             f"<form method=post action={private}><input name=a aria-label=a></form>"), refused),
        Case("rebinding", page("setInterval(() => fetch('/again', {mode: 'no-cors'}), 50)"),
             host="rebind.example"),
        Case("private-name", page(), refused, host="private.example"),
        Case("mixed-name", page(), refused, host="mixed.example"),
        Case("file-frame", page(body="<iframe title=f src=file:///etc/passwd></iframe>")),
        Case("file-location", page("location = 'file:///etc/passwd'")),
        Case("chrome-location", page("location = 'chrome://crash'")),
        Case("loop", page(_LOOP), "busy", fast=True),
        Case("loop-later", page(f"setTimeout(() => {{ {_LOOP} }}, 1200)")),
        Case("loop-on-key", page(f"addEventListener('keydown', () => {{ {_LOOP} }})")),
        Case("loop-on-focus", page(f"addEventListener('focusin', () => {{ {_LOOP} }})")),
        Case("loop-on-resize", page(f"addEventListener('resize', () => {{ {_LOOP} }})")),
        Case("loop-on-scroll", page(f"addEventListener('scroll', () => {{ {_LOOP} }})",
             "<div style=height:5000px></div>")),
        Case("heap", page(_FILL), "memory|crashed|busy|browser ended", fast=True),
        Case("buffers", page(_BUFFERS), "memory|crashed|busy|browser ended"),
        Case("wasm", page(_WASM), "memory|crashed|busy|browser ended"),
        Case("dialogs", page("for (let i = 0; i < 50; i += 1) { alert(i); confirm(i); prompt(i); }"),
             fast=True),
        Case("dialogs-for-ever", page("setInterval(() => alert(1), 1)")),
        Case("before-unload", page("onbeforeunload = (e) => { e.preventDefault(); return 'x'; };")),
        Case("popups", page(f"for (let i = 0; i < 50; i += 1) open('{private}');"
             f"setInterval(() => open('{here}'), 20)")),
        Case("popup-on-key", page(f"addEventListener('keydown', () => open('{private}'))")),
        Case("prints", page("setInterval(print, 10)")),
        Case("permissions", page("navigator.geolocation.getCurrentPosition(() => 0);"
             "Notification.requestPermission(); navigator.mediaDevices?.getUserMedia({audio: true});")),
        Case("download", _attachment, "download|octet-stream", fast=True),
        Case("download-by-script", page("const a = document.createElement('a'); a.download = 'x';"
             "a.href = URL.createObjectURL(new Blob(['x'])); setInterval(() => a.click(), 20)")),
        Case("redirect-loop", lambda asked: asked.reply(302, "", Location=asked.path), "redirects",
             fast=True),
        Case("reload-loop", page("location.reload()"), "forwards", fast=True),
        Case("hash-storm", page("let i = 0; setInterval(() => location.hash = i++, 1)")),
        Case("history-storm", page("let i = 0; setInterval(() => history.pushState(0, '', '#' + i++), 1)")),
        Case("never-calm", page("setInterval(() => document.body.append(new Date()), 20)")),
        Case("trickle", _trickle),
        Case("silence", _silence, "did not answer"),
        Case("flood", _flood, "more than a visit|memory|busy|did not"),
        Case("gzip-bomb", _gzip_bomb, "memory|busy|crashed|did not|browser ended"),
        Case("huge-dom", page("let h = ''; for (let i = 0; i < 150000; i += 1) h += '<b>x</b>';"
             "document.body.innerHTML = h")),
        Case("deep-dom", page(body="<div>" * 20000)),
        Case("huge-canvas", page("for (let i = 0; i < 40; i += 1) { const c = document.createElement('canvas');"
             "c.width = c.height = 16000; c.getContext('2d').fillRect(0, 0, 16000, 16000); document.body.append(c) }")),
        Case("tall-page", page(body="<div style=height:3000000px>x</div>")),
        Case("filters", page(body="<div style='filter:blur(300px)'>" * 60)),
        Case("many-focusable", page(body="".join(f"<button style=outline:none>{i}</button>" for i in range(900)))),
        Case("keyboard-trap", page("document.querySelector('textarea').onkeydown = (e) => e.preventDefault()",
             "<label>Text <textarea></textarea></label><a href=/y>After</a>")),
        Case("focus-thief", page("setInterval(() => document.querySelector('a').focus(), 1)",
             "<button>a</button><button>b</button>")),
        Case("poisoned", page("Array.prototype.map = Array.prototype.filter = JSON.stringify = () => { throw 1 };"
             "window.getComputedStyle = () => null; Object.prototype.value = 'x'; document.querySelectorAll = () => [];"),
             fast=True),
        Case("clobbered", page(body="<form name=body><input name=querySelectorAll aria-label=a></form>"
             "<img name=documentElement alt=''><form id=f><input name=children aria-label=b></form>")),
        Case("console-flood", page("setInterval(() => { for (let i = 0; i < 500; i += 1) console.error('x'.repeat(9999)) }, 5)")),
        Case("request-flood", page("setInterval(() => { for (let i = 0; i < 50; i += 1) fetch('/r' + Math.random()) }, 20)")),
        Case("worker-bomb", page("setInterval(() => new Worker(URL.createObjectURL(new Blob(['for(;;){}']))), 20)")),
        Case("frames", page("for (let i = 0; i < 100; i += 1) { const f = document.createElement('iframe');"
             "f.srcdoc = '<button>x</button>'; document.body.append(f) }")),
        Case("frame-loop", page(body=f"<iframe title=f srcdoc='<script>{_LOOP}</script>'></iframe>")),
        Case("closes-itself", page("close(); setInterval(() => close(), 50)")),
        Case("throwing-elements", page("customElements.define('x-y', class extends HTMLElement {"
             "get tabIndex() { throw 1 } get localName() { throw 2 } });", "<x-y>a</x-y>")),
        Case("long-words", page(body=f"<p>{'w' * 500_000}</p><p title='{'t' * 500_000}'>x</p>")),
        Case("odd-text", page(body="<p>\ufffd\u202e\u0000 &#x1F600;<b>" + "\u0301" * 5000)),
        *hostile_reaching.cases(site, port),
        *hostile_wearing.cases(site),
    ]  # fmt: skip
