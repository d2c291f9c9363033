// Reads a JSON list of resources from standard input and prints what is wrong with each, a JSON list of lists.
import { readFileSync } from "node:fs";
import { validate as httpRoute } from "./node_modules/@kubernetes-models/gateway-api/_schemas/IoK8sSigsGatewayApiApisV1HTTPRoute.js";
import { validate as prometheusRule } from "./node_modules/@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1PrometheusRule.js";
import { validate as serviceMonitor } from "./node_modules/@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1ServiceMonitor.js";

const validators = { HTTPRoute: httpRoute, PrometheusRule: prometheusRule, ServiceMonitor: serviceMonitor };
const findings = JSON.parse(readFileSync(0, "utf8")).map((resource) => {
  const validate = validators[resource.kind];
  if (!validate) return [`no schema of the kind ${resource.kind}`];
  return validate(resource) ? [] : validate.errors.map((error) => `${error.instancePath}: ${error.message ?? error.keyword}`);
});
process.stdout.write(JSON.stringify(findings));
