export default function OneWebhook({ id }: { readonly id: string }) {
  return <p>{id}</p>;
}
