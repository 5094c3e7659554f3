export default function NewWebhook() {
  return null;
}
