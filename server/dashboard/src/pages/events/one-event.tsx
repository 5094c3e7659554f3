export default function OneEvent({ id }: { readonly id: string }) {
  return <p>{id}</p>;
}
