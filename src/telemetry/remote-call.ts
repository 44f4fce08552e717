export interface RemoteCall {
  /** A short name of the service, constant. */
  readonly service: string;
  readonly method: string;
}

/** Runs a call to another service and notes how it went; the call sends the headers it is given along. */
export type AroundRemoteCall = <Answer extends { readonly statusCode: number }>(
  call: RemoteCall,
  run: (headers: Readonly<Record<string, string>>) => Promise<Answer>,
) => Promise<Answer>;

/** Nothing is noted. */
export const unaccompanied: AroundRemoteCall = (_call, run) => run({});
