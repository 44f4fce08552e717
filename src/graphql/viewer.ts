import { Ctx, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import type { Organization as OrganizationRow } from "../accounts/accounts.js";
import type { Principal } from "../accounts/principal.js";
import type { RequestContext } from "./context.js";
import { ViewerKind } from "./enums.js";
import { Organization } from "./organization.js";

@ObjectType({ description: "Who is asking, and what they may see." })
export class Viewer {}

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => ViewerKind, { description: "Whether a token or the cluster secret was presented." })
  kind(@Root() principal: Principal): keyof typeof ViewerKind {
    return principal.kind === "service" ? "SERVICE" : "USER";
  }

  @FieldResolver(() => [Organization], {
    description: "The live organizations that the caller may see, by name; for a service, all of them.",
  })
  async organizations(@Root() principal: Principal, @Ctx() { services }: RequestContext): Promise<OrganizationRow[]> {
    const ids = principal.kind === "service" ? null : await principal.rights.organizationIds();
    return ids === null ? services.accounts.allOrganizations() : services.accounts.organizationsByIds([...ids]);
  }
}
