import { readFileSync } from 'node:fs';

/** What V8 writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface RawProfile {
  readonly nodes: readonly RawNode[];
  /** Microseconds on the machine's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds between samples. */
  readonly timeDeltas: readonly number[];
}

interface RawNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

export interface Frame {
  readonly name: string;
  /** Of the function's module; of the nearest caller that has one when it is built in. */
  readonly url: string;
  /** Whether it is built into V8 or Node, or native code of an addon. */
  readonly native: boolean;
  readonly line: number;
}

/** How long each function itself was at work. */
export interface SelfTimes {
  readonly milliseconds: ReadonlyMap<Frame, number>;
}

/** Reads a profile, from one time to another. Milliseconds by the shared clock. */
export function readProfile(file: string, from: number, to: number): SelfTimes {
  const profile: RawProfile = JSON.parse(readFileSync(file, 'utf8'));
  const frames = framesOf(profile.nodes);
  const milliseconds = new Map<Frame, number>();
  let at = profile.startTime / 1000;
  for (const [index, nodeId] of profile.samples.entries()) {
    const elapsed = (profile.timeDeltas[index] ?? 0) / 1000;
    at += elapsed;
    const frame = frames.get(nodeId);
    if (frame && at >= from && at <= to) milliseconds.set(frame, (milliseconds.get(frame) ?? 0) + elapsed);
  }
  return { milliseconds };
}

/** One frame per function, whatever called it; a built-in one per module that uses it. */
function framesOf(nodes: readonly RawNode[]): Map<number, Frame> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const frames = new Map<number, Frame>();
  const known = new Map<string, Frame>();
  const visit = (node: RawNode, callerUrl: string) => {
    const { functionName, url, lineNumber } = node.callFrame;
    const native = url === '';
    const frame: Frame = { name: functionName || '(anonymous)', url: url || callerUrl, native, line: lineNumber + 1 };
    const key = JSON.stringify(frame);
    const same = known.get(key) ?? frame;
    known.set(key, same);
    frames.set(node.id, same);
    for (const child of node.children ?? []) {
      const next = byId.get(child);
      if (next) visit(next, frame.url);
    }
  };
  const [root] = nodes;
  if (root) visit(root, '');
  return frames;
}
