import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { CloudAccount as CloudAccountRow, Organization as OrganizationRow } from "../accounts/accounts.js";
import { maySee, type Principal, proven } from "../accounts/principal.js";
import { GatewayError } from "../errors.js";
import { resolveScope } from "../expenses/scope.js";
import { type EpochSeconds, windowOf } from "../time.js";
import { CleanExpenses } from "./clean-expenses.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";
import { domainFilter } from "./domain-filter.js";
import { ExpenseAnswer } from "./expense-answer.js";
import { ExpenseFilter } from "./expense-filter.js";
import { Organization } from "./organization.js";
import { Timestamp } from "./timestamp.js";
import { Viewer } from "./viewer.js";

/**
 * Where every answer starts, and where rights are judged. What the caller may not see is answered exactly like
 * what does not exist.
 */
@Resolver()
export class QueryResolver {
  @Query(() => Viewer, { description: "Who is asking, and what they may see." })
  async viewer(@Ctx() context: RequestContext): Promise<Principal> {
    return proven(await context.principal());
  }

  @Query(() => Organization, {
    nullable: true,
    description: "An organization by its id; null when there is none, or it is not the caller's to see.",
  })
  organization(
    @Arg("id", () => ID, { description: "Id of the organization." }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<OrganizationRow | null> {
    return visibleOrganization(id, context);
  }

  @Query(() => CloudAccount, {
    nullable: true,
    description: "A cloud account by its id; null when there is none, or it is not the caller's to see.",
  })
  async cloudAccount(
    @Arg("id", () => ID, { description: "Id of the cloud account." }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<CloudAccountRow | null> {
    await context.principal();
    const account = await context.loaders.cloudAccounts.load(id);
    if (account === null || (await visibleOrganization(account.organizationId, context)) === null) return null;
    return account;
  }

  @Query(() => CleanExpenses, {
    description:
      "Cloud expenses of an organization between two instants, both inclusive, one row a resource. NOT_FOUND when there is no such organization, or it is not the caller's to see; also when the filter names accounts, pools or owners that the organization does not have.",
  })
  async cleanExpenses(
    @Arg("organizationId", () => ID, { description: "Id of the organization." }) organizationId: string,
    @Arg("startDate", () => Timestamp, { description: "First second of the window." }) startDate: EpochSeconds,
    @Arg("endDate", () => Timestamp, {
      description: "Last second of the window: it is inclusive. A date is its midnight, which includes the day's bill.",
    })
    endDate: EpochSeconds,
    @Arg("filter", () => ExpenseFilter, { nullable: true, description: "Which expenses; all of them if left out." })
    filter: ExpenseFilter | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<ExpenseAnswer> {
    const organization = await visibleOrganization(organizationId, context);
    if (organization === null) {
      throw new GatewayError(
        "NOT_FOUND",
        "There is no such organization, or it is not yours to see: `viewer { organizations { id name } }` lists yours.",
        { details: { argument: "organizationId" } },
      );
    }
    const window = windowOf(startDate, endDate);
    const scope = await resolveScope(context.services.accounts, organization, window, domainFilter(filter), {
      // v2 clients get an error here; a dashboard has to show an organization also on its first day.
      withoutAccounts: "empty",
    });
    return new ExpenseAnswer(scope, context);
  }
}

/** Not even looked up when it is not the caller's. */
async function visibleOrganization(id: string, context: RequestContext): Promise<OrganizationRow | null> {
  return (await maySee(await context.principal(), id)) ? context.loaders.organizations.load(id) : null;
}
