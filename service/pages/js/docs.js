/** The API page: Swagger UI over this service's own OpenAPI document. */

const LINES = "application/x-ndjson";
const OF_FORM_FIELDS = false;
const dark = matchMedia("(prefers-color-scheme: dark)");

/** Set the class that Swagger UI's style sheet reads for dark colours. */
function followColours() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

/** Let the keyboard reach the list of errors, which scrolls in a narrow window. */
function letListScroll() {
  document.querySelector(".info ul").tabIndex = 0;
}

/** Return the first value of a parameter's field: an example if the call needs a value. */
function firstValue(_, parameter) {
  return parameter.required ? parameter.schema.examples[0] : "";
}

/** Open `#/tag/operation`. Swagger UI's own reader reports every `_` in a name as an error. */
const deepLinks = {
  statePlugins: {
    layout: {
      wrapActions: {
        parseDeepLinkHash: (_, { layoutActions }) => (hash) => {
          const [tag, operation] = hash.replace(/^#\//, "").split("/");
          const opened = ["operations", tag, operation];
          layoutActions.show(["operations-tag", tag], true);
          layoutActions.show(opened, true);
          layoutActions.scrollTo(opened);
        },
      },
    },
  },
};

/**
 * Show NDJSON as it is sent, which Swagger UI would quote as one JSON string, and leave form fields
 * without an example empty, which it would fill with a text that fits their pattern.
 */
const examples = {
  afterLoad({ fn: { getSampleSchema } }) {
    this.fn.getSampleSchema = (schema, mediaType, options, example) => {
      if (mediaType === LINES) return example;
      if (mediaType === OF_FORM_FIELDS) return schema.getIn(["examples", 0], "");
      return getSampleSchema(schema, mediaType, options, example);
    };
  },
};

/** Do not send empty form fields, as Swagger UI would. */
const nothingEmpty = { components: { ParameterIncludeEmpty: () => null } };

followColours();
dark.addEventListener("change", followColours);

const { layoutActions } = window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.querySelector("#calls"),
  plugins: [deepLinks, examples, nothingEmpty],
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  parameterMacro: firstValue,
  displayRequestDuration: true,
  syntaxHighlight: { theme: "obsidian" }, // the first choice shows numbers in a pale red
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
  onComplete: letListScroll,
});
addEventListener("hashchange", () => layoutActions.parseDeepLinkHash(location.hash));
