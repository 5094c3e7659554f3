// biome-ignore-all format: as printed
// biome-ignore-all lint: as printed
// Boltcall's documentation, "Webhooks", "Webhook security": the verification code as printed there.
const crypto = require('crypto');

function verifyWebhookSignature(payload, signature, secret) {
  const expected = crypto
    .createHmac('sha256', secret)
    .update(payload)
    .digest('hex');

  return crypto.timingSafeEqual(
    Buffer.from(signature),
    Buffer.from(expected)
  );
}

module.exports = { verifyWebhookSignature };
