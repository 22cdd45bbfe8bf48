/** The API page: Swagger UI over this service's own OpenAPI document. */

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Swagger UI's style sheet reads this class and not what the browser prefers. */
function followColours() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

followColours();
dark.addEventListener("change", followColours);

window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.querySelector("#calls"),
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  persistAuthorization: false,
});
