"""The switches that Chromium is started with.

WebRTC may use no UDP of its own, which would pass the proxy by: this switch was measured to work,
the one with `force` in its name does nothing. `--disable-features` replaces the list that
Playwright gives, so that list stands here again.
"""

PLAYWRIGHTS_DISABLED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
DISABLED = (
    "AutofillServerCommunication",
    "Translate",
    "WebUSB",
    "WebBluetooth",
    "GlobalMediaControls",
)

NOWHERE = "http://127.0.0.1:1"
"""An address where nothing listens: the proxy of a context that has none, and Google's services."""

SWITCHES = (
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-notifications",
    "--deny-permission-prompts",
    "--block-new-web-contents",
    "--no-pings",
    "--mute-audio",
    "--hide-scrollbars",
    "--renderer-process-limit=4",
    f"--gaia-url={NOWHERE}",
    f"--component-updater=url-source={NOWHERE}/x",
    f"--disable-features={','.join((*PLAYWRIGHTS_DISABLED, *DISABLED))}",
)


def switches(*, heap_megabytes: int) -> list[str]:
    """All switches; a page's scripts get so much memory before Chromium ends them."""
    return [*SWITCHES, f"--js-flags=--max-old-space-size={heap_megabytes}"]


PREFERENCES: dict[str, str | float | bool] = {
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.failover_direct": False,
    "network.http.http3.enable": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.predictor.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.captive-portal-service.enabled": False,
    "media.peerconnection.enabled": False,
    "media.autoplay.default": 5,
    "dom.serviceWorkers.enabled": False,
    "dom.push.enabled": False,
    "permissions.default.geo": 2,
    "permissions.default.desktop-notification": 2,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "app.update.enabled": False,
}
"""The same for a browser of Firefox's family: local addresses take the proxy, too, and no UDP."""
