"use strict";

const page = document.getElementById("swagger-ui");

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

window.ui = SwaggerUIBundle({
  url: page.dataset.document,
  domNode: page,
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    // A signed-in browser must show that the change comes from a page of ours; a key need not.
    const token = cookie("csrftoken");
    if (token) {
      request.headers["X-CSRFToken"] = token;
    }
    return request;
  },
});
