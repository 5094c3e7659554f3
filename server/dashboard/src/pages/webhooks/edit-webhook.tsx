export default function EditWebhook({ id }: { readonly id: string }) {
  return <p>{id}</p>;
}
