// A client that calls fetch, in one file.
export default {
  autousers: {
    input: "../docs/api/openapi.json",
    output: { target: "generated/typescript/client.ts", client: "fetch", mode: "single", clean: true },
  },
};
