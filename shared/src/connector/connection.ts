/** A customer's server as a platform calls it: what differs between platforms. */
export interface Connection {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly wording: Wording;
  /**
   * Sends a request with the API key and resolves for every status. Follows no redirect: the key is for this server alone.
   *
   * @throws the platform's own error, for anything but a network failure.
   */
  readonly send: (request: HttpRequest) => Promise<Answer | NetworkFailure>;
  /** A failure as an error that the platform shows to people. */
  readonly errorOf: (failure: Failure) => Error;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: object | undefined;
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  /** Parsed, if it is JSON. */
  readonly body: unknown;
}

export interface NetworkFailure {
  /** The code of the client's error: `ECONNREFUSED`. */
  readonly networkError: string | undefined;
}

/** The platform's words. Those without an example are advice, in whole sentences. */
export interface Wording {
  /** `Bellhop` */
  readonly product: string;
  /** Where the server's address is entered: `the server address`. */
  readonly address: string;
  /** Where requests come from: `the internet`. */
  readonly origin: string;
  readonly unknownKey: string;
  readonly missingScope: string;
  readonly refusedUrl?: string;
}

/** Why a call failed. Names the server's host and nothing else of the connection. */
export interface Failure {
  /** The problem's code, or the connector's. */
  readonly code: string;
  readonly message: string;
  /** What to change, in whole sentences. */
  readonly advice?: string | undefined;
  readonly status?: number;
}

/** Seconds that the server has to answer. */
export const patience = 20;
