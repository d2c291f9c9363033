// The certified server `oidc-provider`, with clients from the environment:
//   PORT     on loopback
//   CLIENTS  JSON: [{"id", "secret", "scopes", "audience", "seconds", "algorithm"}, …]
// Tokens are RFC 9068 (at+jwt) for the resource `urn:<audience>`, asked for with client credentials and resource indicators (RFC 8707).
// Prints one line when it listens.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import { Provider, errors } from "oidc-provider";

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const clients = JSON.parse(process.env.CLIENTS);

const signingKey = async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: "sig" };
};

const resourceServer = (_, resource, client) => {
  const known = clients.find(({ id }) => id === client.clientId);
  if (resource !== `urn:${known.audience}`) throw new errors.InvalidTarget();
  return {
    audience: known.audience,
    scope: known.scopes,
    accessTokenFormat: "jwt",
    accessTokenTTL: known.seconds,
    jwt: { sign: { alg: known.algorithm } },
  };
};

const provider = new Provider(issuer, {
  jwks: { keys: await Promise.all(["RS256", "ES256"].map(signingKey)) },
  scopes: [...new Set(clients.flatMap(({ scopes }) => scopes.split(" ")))],
  clients: clients.map(({ id, secret }) => ({
    client_id: id,
    client_secret: secret,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  })),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
  },
});

createServer(provider.callback()).listen(port, "127.0.0.1", () => console.log(`listening on ${issuer}`));
