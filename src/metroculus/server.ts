import type { FastifyInstance } from "fastify";
import { Authentication } from "../accounts/authentication.js";
import { Tokens } from "../accounts/tokens.js";
import type { Config } from "../config.js";
import type { Logger } from "../log.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import type { Databases } from "../stores/relational.js";
import type { Metrics } from "../telemetry/metrics.js";
import { registerApi } from "./api.js";
import { PrometheusSamples } from "./prometheus-samples.js";
import { registerReceiver, type SamplesStored } from "./receiver.js";
import type { SampleSource } from "./source.js";
import { StoredSamples } from "./stored-samples.js";

export interface MetroculusOptions extends Databases {
  readonly clickHouse: ClickHouse;
  readonly clusterSecret: string;
  readonly config: Config;
  readonly log: Logger;
  readonly onSamplesStored?: SamplesStored;
  readonly metrics?: Metrics;
}

/** The built-in Metroculus: takes samples by remote_write, and tells what clusters cost. */
export async function registerMetroculus(app: FastifyInstance, options: MetroculusOptions): Promise<void> {
  const { clickHouse, relational, own, clusterSecret, log, onSamplesStored, metrics } = options;
  const authentication = new Authentication(new Tokens(own), clusterSecret);
  await app.register((receiver, _options, done) => {
    registerReceiver(receiver, { clickHouse, relational, own, log, onSamplesStored, metrics });
    done();
  });
  const source = sampleSource(app, options);
  await app.register(
    (api, _options, done) => {
      registerApi(api, {
        source,
        isClusterSecret: (candidate) => authentication.isClusterSecret(candidate),
        log,
      });
      done();
    },
    { prefix: "/metroculus/v2" },
  );
}

/** THANOS_URL, where it is set, stands in for the samples that were received here. */
function sampleSource(app: FastifyInstance, { clickHouse, config }: MetroculusOptions): SampleSource {
  if (config.THANOS_URL === undefined) return new StoredSamples(clickHouse);
  const prometheus = new PrometheusSamples(config.THANOS_URL);
  app.addHook("onClose", () => prometheus.close());
  return prometheus;
}
