"""More ways in which a page tries to wear a visit out: time, memory, disk, and odd answers."""

import time

from tests.autousers.engine.browser.hostile_case import Case, page
from tests.autousers.engine.browser.servers import Asked, Site

_BUSY = "memory|busy|crashed|browser ended"
_LOOP = "[0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,97,0,0,10,9,1,7,0,3,64,12,0,11,11]"
"""A module of WebAssembly whose function never returns."""

_ASKS = """
const quiet = (f) => { try { const r = f(); if (r && r.catch) r.catch(() => 0); } catch (e) {} };
const n = navigator;
setInterval(() => {
  for (const f of [() => n.usb.requestDevice({filters: []}), () => n.hid.requestDevice({filters: []}),
    () => n.serial.requestPort(), () => n.bluetooth.requestDevice({acceptAllDevices: true}),
    () => n.requestMIDIAccess({sysex: true}), () => n.clipboard.readText(), () => n.wakeLock.request(),
    () => n.mediaDevices.getDisplayMedia(), () => n.credentials.get({password: true}),
    () => n.registerProtocolHandler("web+x", location.origin + "/%s"), () => n.storage.persist(),
    () => document.body.requestFullscreen(), () => document.body.requestPointerLock(),
    () => showOpenFilePicker(), () => showDirectoryPicker(), () => document.requestStorageAccess(),
    () => n.keyboard.lock(), () => n.share({text: "x"}), () => IdleDetector.requestPermission(),
    () => new PaymentRequest([{supportedMethods: "https://x.example"}], {total: {label: "x",
      amount: {currency: "EUR", value: "1"}}}).show(), () => n.credentials.create({publicKey: {}}),
    () => n.geolocation.watchPosition(() => 0), () => Notification.requestPermission()]) quiet(f);
}, 30);
"""
_STORES = """
const fill = async () => {
  const store = await caches.open("x");
  const piece = new Blob([new Uint8Array(16 << 20).fill(1)]);
  const base = indexedDB.open("x");
  base.onupgradeneeded = () => base.result.createObjectStore("s", {autoIncrement: true});
  base.onsuccess = async () => {
    for (let i = 0; ; i += 1) {
      await store.put("/p" + i, new Response(piece)).catch(() => 0);
      try { base.result.transaction("s", "readwrite").objectStore("s").add(piece); } catch (e) {}
      try { localStorage["k" + i] = "x".repeat(1 << 20); } catch (e) {}
    }
  };
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle("f", {create: true})).createWritable();
  for (;;) await file.write(piece);
};
fill().catch(() => 0);
"""
_TRAPS = """
const trap = new Proxy(function () {}, {get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 }});
Error.prepareStackTrace = () => { for (;;) {} };
setInterval(() => {
  console.log(trap, {get a() { throw 1 }}, document, window, new Array(1e6).fill("x"));
  console.error({toString() { throw 4 }});
  const e = new Error("x".repeat(1e5)); Object.defineProperty(e, "stack", {get() { throw 5 }});
  Promise.reject(e); setTimeout(() => { throw e });
  debugger;
}, 20);
"""


def cases(site: Site) -> list[Case]:
    """The pages."""
    site.page("/endless.js", _endless)
    site.page("/asks", lambda asked: asked.reply(401, "no", WWW_Authenticate="Basic realm=a"))
    plain = site.url("/x").replace("http:", "https:")
    return [
        Case("asks-for-all", page(_ASKS)),
        Case("fills-disks", page(_STORES)),
        Case("console-traps", page(_TRAPS)),
        Case("wasm-loop", page("setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module("
             f"new Uint8Array({_LOOP}))).exports.a(), 300)"), _BUSY + "|could be looked at"),
        Case("webgl", page("for (let i = 0; i < 30; i += 1) { const g = document.createElement('canvas')"
             ".getContext('webgl2'); if (g) for (let j = 0; j < 8; j += 1) { g.bindTexture(g.TEXTURE_2D,"
             " g.createTexture()); g.texImage2D(g.TEXTURE_2D, 0, g.RGBA, 8192, 8192, 0, g.RGBA,"
             " g.UNSIGNED_BYTE, new Uint8Array(1 << 28)) } }")),
        Case("cookies", page("for (let i = 0; i < 100000; i += 1) document.cookie = 'k' + i + '=' + 'v'.repeat(3000)")),
        Case("many-cookies-sent", lambda asked: _cookies(asked)),
        Case("huge-data-address", page("const i = new Image(); i.src = 'data:image/png;base64,' + 'A'.repeat(1 << 28);"
             "document.body.append(i); location.hash = 'x'.repeat(1 << 24);"
             "const f = document.createElement('iframe'); f.src = 'data:text/html,' + 'x'.repeat(1 << 28); document.body.append(f)")),
        Case("endless-part", page(body="<script src=/endless.js></script><img alt='' src=/endless.js>")),
        Case("endless-scroll", page("addEventListener('scroll', () => document.body.append(Object.assign("
             "document.createElement('div'), {style: 'height:5000px', textContent: 'more'})))",
             "<div style=height:5000px></div>")),
        Case("endless-focus", page("addEventListener('focusin', (e) => e.target.after(Object.assign("
             "document.createElement('button'), {textContent: 'more'})))", "<button>one</button>")),
        Case("nested-frames", lambda asked: asked.reply(200, page(
            "for (let i = 0; i < 3; i += 1) document.body.append(Object.assign(document.createElement('iframe'),"
            " {src: location.pathname + '?' + Math.random()}))"))),
        Case("scroll-thief", page("setInterval(() => scrollTo(0, Math.random() * 1e5), 1)",
             "<div style=height:100000px></div>")),
        Case("slow-head", _slow_head, "did not answer"),
        Case("huge-head", _huge_head, "connection|HTTP|answer"),
        Case("no-http", lambda asked: asked.wfile.write(b"\x00\x01\x02 220 smtp ready\r\n\r\n"), "HTTP"),
        Case("no-tls", page(), "TLS", address=plain),
        Case("asks-for-password", lambda asked: asked.reply(401, page(), WWW_Authenticate="Basic realm=x"), "password|401"),
        Case("part-asks-for-password", page(body="<img alt='' src=/asks><iframe title=f src=/asks></iframe>")),
        Case("reserved-status", lambda asked: asked.reply(999, page())),
        Case("unload-storm", page("onpagehide = onvisibilitychange = onblur = onfocus = () => { const t = Date.now();"
             " while (Date.now() - t < 3000); }; setInterval(() => { location.hash = Math.random() }, 300)")),
    ]  # fmt: skip


def _endless(asked: Asked) -> None:
    asked.begin("text/javascript")
    for _ in range(600):
        asked.wfile.write(b"/* more */")
        asked.wfile.flush()
        time.sleep(0.1)


def _cookies(asked: Asked) -> None:
    asked.send_response(200)
    for number in range(400):
        asked.send_header("Set-Cookie", f"k{number}=v; Max-Age=999")
    asked.end_headers()
    asked.wfile.write(page().encode())


def _slow_head(asked: Asked) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300:
        asked.wfile.write(bytes([byte]))
        asked.wfile.flush()
        time.sleep(0.1)


def _huge_head(asked: Asked) -> None:
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"a" * 2_000_000 + b"\r\n\r\n<p>x")
