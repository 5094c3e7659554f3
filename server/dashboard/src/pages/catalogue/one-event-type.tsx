export default function OneEventType({ provider, type }: { readonly provider: string; readonly type: string }) {
  return (
    <p>
      {provider}
      {type}
    </p>
  );
}
