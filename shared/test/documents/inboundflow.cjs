// biome-ignore-all format: as printed
// biome-ignore-all lint: as printed
// InboundFlow's documentation, "Webhooks", "Verifying Webhook Signatures": the verification code as printed there.
const crypto = require('crypto');

function verifyWebhook(body, timestamp, signature, secret) {
  const signatureInput = `${timestamp}.${JSON.stringify(body)}`;
  const expectedSignature = 'sha256=' + 
    crypto.createHmac('sha256', secret)
      .update(signatureInput)
      .digest('hex');
  
  return crypto.timingSafeEqual(
    Buffer.from(signature),
    Buffer.from(expectedSignature)
  );
}

module.exports = { verifyWebhook };
