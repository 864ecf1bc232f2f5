"""More ways in which a page tries to reach what is private."""

from tests.autousers.engine.browser.hostile_case import PRIVATE, Case, page, redirect
from tests.autousers.engine.browser.servers import Asked, Handler, Site

_LINKS = """
<img alt='' srcset="{p}srcset 2x" src="{p}src"><picture><source srcset="{p}source"></picture>
<video poster="{p}poster"><track src="{p}track"></video><audio src="{p}audio"></audio>
<input type=image alt=i src="{p}input"><svg><image href="{p}svg"/><use href="{p}use#a"/></svg>
<link rel=stylesheet href="{p}css"><link rel=preload as=font crossorigin href="{p}font">
<base href="{p}"><img alt='' src="base"><table background="{p}table"><tr><td>x</table>
"""
_STYLE = """<style>@import url("{p}import"); @font-face {{ font-family: F; src: url("{p}face") }}
body {{ font-family: F; background: url("{p}background"); cursor: url("{p}cursor"), auto }}
p {{ list-style-image: url("{p}list"); mask-image: url("{p}mask"); border-image: url("{p}border") 1 }}
h1::before {{ content: url("{p}content") }} main {{ background: image-set("{p}set" 1x) }}</style>"""
_WORKERS = """
const made = (text) => URL.createObjectURL(new Blob([text], {{type: "text/javascript"}}));
new Worker(made("try {{ importScripts('{p}scripts') }} catch (e) {{}}; fetch('{p}f', {{mode: 'no-cors'}});"
  + "new WebSocket('{w}'); new EventSource('{p}e')"));
new Worker(made("import('{p}module').catch(() => 0)"), {{type: "module"}});
new SharedWorker(made("fetch('{p}shared', {{mode: 'no-cors'}})"));
import("{p}import").catch(() => 0);
CSS.paintWorklet?.addModule("{p}paint").catch(() => 0);
new AudioContext().audioWorklet.addModule("{p}audio").catch(() => 0);
"""
_REDIRECTED = """
for (const status of [301, 302, 303, 307, 308]) {
  fetch("/away-" + status, {mode: "no-cors"}).catch(() => 0);
  fetch("/away-" + status, {mode: "no-cors", method: "POST", body: "x"}).catch(() => 0);
  for (const tag of ["img", "script", "iframe", "embed"]) {
    document.body.append(Object.assign(document.createElement(tag), {src: "/away-" + status}));
  }
  new EventSource("/away-" + status);
  new WebSocket("ws://" + location.host + "/away-" + status);
}
"""


def cases(site: Site, port: int) -> list[Case]:
    """The pages, for a private target at a port."""
    private = f"http://{PRIVATE}:{port}/"
    socket = f"ws://{PRIVATE}:{port}/"
    refused = "not allowed"
    for status in (301, 302, 303, 307, 308):
        site.page(f"/away-{status}", redirect(status, private))
    for number in range(4):
        site.page(f"/hop-{number}", redirect(302, f"/hop-{number + 1}"))
    site.page("/hop-4", redirect(302, private))
    blob = f"<h1>B</h1><script>fetch('{private}', {{mode: 'no-cors'}})<\\/script>"
    return [
        Case("redirect-hops", redirect(302, "/hop-0"), refused),
        Case("refresh-header", _with(Refresh=f"0; url={private}"), refused, fast=True),
        Case("open-in-place", page(f"open('{private}', '_self')"), refused),
        Case("navigation-api", page(f"navigation.navigate('{private}')"), refused),
        Case("frame-leads-away", page(body=f"<iframe title=f srcdoc=\"<script>top.location = '{private}'"
             "</script>\"></iframe>")),
        Case("frame-refreshes", page(body="<iframe title=f srcdoc=\"<meta http-equiv=refresh "
             f"content='0;url={private}'>\"></iframe>")),
        Case("links", page(body=_LINKS.format(p=private)), fast=True),
        Case("style", page(body=_STYLE.format(p=private)), fast=True),
        Case("workers", page(_WORKERS.format(p=private, w=socket))),
        Case("parts-redirected", page(_REDIRECTED)),
        Case("reports", _with(
            Content_Security_Policy=f"img-src 'none'; report-uri {private}csp; report-to r",
            Reporting_Endpoints=f'r="{private}r", default="{private}d"',
            Report_To=f'{{"group":"n","max_age":9999,"endpoints":[{{"url":"{private}n"}}]}}',
            NEL='{"report_to":"n","max_age":9999,"success_fraction":1}',
        )),
        Case("headers", _with(
            Link=f"<{private}style>; rel=preload; as=style, <{private}>; rel=preconnect",
            Alt_Svc=f'h3="{PRIVATE}:{port}", h2="{PRIVATE}:{port}", http/1.1="{PRIVATE}:{port}"',
            SourceMap=f"{private}map", Speculation_Rules=f'"{private}rules"',
        )),
        Case("early-hints", _hinting(private)),
        Case("ping", page(f"const a = document.querySelector('a'); a.href = '#x'; a.ping = '{private}';"
             "a.click(); setInterval(() => a.click(), 100)")),
        Case("blob-page", page(f"location = URL.createObjectURL(new Blob([`{blob}`], "
             "{type: 'text/html'}))")),
        Case("view-source", page(f"location = 'view-source:{private}'")),
        Case("other-schemes", page("for (const one of ['ftp', 'gopher', 'smb', 'mailto', 'tel', 'ssh',"
             " 'intent', 'chrome-extension', 'devtools', 'filesystem:http', 'ws'])"
             f" {{ const f = document.createElement('iframe'); f.src = one + '://{PRIVATE}:{port}/';"
             " document.body.append(f) }")),
        Case("name-as-location", page(f"location = 'http://private.example:{port}/'"), refused),
        Case("rebinding-socket", page("setInterval(() => { new WebSocket('ws://' + location.host);"
             " new EventSource('/again') }, 50)"), host="rebind-socket.example"),
    ]  # fmt: skip


def _with(**headers: str) -> Handler:
    """A page whose headers mean harm; it has a part that its policy forbids."""
    body = page(body="<img alt='' src=/x.png>")
    return lambda asked: asked.reply(200, body, **headers)


def _hinting(private: str) -> Handler:
    def answer(asked: Asked) -> None:
        hints = f"Link: <{private}hint>; rel=preload; as=script, <{private}>; rel=preconnect"
        asked.wfile.write(f"HTTP/1.1 103 Early Hints\r\n{hints}\r\n\r\n".encode())
        asked.reply(200, page())

    return answer
