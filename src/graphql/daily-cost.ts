import { Field, Float, ObjectType } from "type-graphql";
import type { EpochSeconds } from "../time.js";
import { Timestamp } from "./timestamp.js";

@ObjectType({ description: "What one UTC day cost.", simpleResolvers: true })
export class DailyCost {
  @Field(() => Timestamp, { description: "Midnight UTC at the start of the day." })
  readonly date!: EpochSeconds;

  @Field(() => Float, { description: "Cost of the day, in the organization's currency." })
  readonly cost!: number;
}
