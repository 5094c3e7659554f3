// biome-ignore-all format: as printed
// biome-ignore-all lint: as printed
// Boltly's documentation, "Webhooks", "Verifying signatures": the verification code as printed there. The document
// imports with `import crypto from "crypto"`.
const crypto = require('crypto');

function verifyWebhook(body, signature, secret) {
  const expected = crypto
    .createHmac("sha256", secret)
    .update(body)
    .digest("hex");
  return crypto.timingSafeEqual(
    Buffer.from(signature),
    Buffer.from(expected)
  );
}

module.exports = { verifyWebhook };
