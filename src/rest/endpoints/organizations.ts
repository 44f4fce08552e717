import type { OrganizationRecord } from "../../accounts/account-records.js";
import { authorizedOrganizationIds, organizationNotFound, permittedOrganization } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { organizationExample, organizationSchema, organizationsSchema } from "../schemas/organizations.js";

export const organizations: Endpoint = {
  path: "/organizations",
  segments: {},
  name: "organizations",
  heading: "Accounts and pools",
  summary: "Organizations that the caller may see",
  access: "token or secret",
  parameters: [],
  refusesOthers: false,
  errors: ["OE0003"],
  answer: {
    description: "The organizations, in order of name; for a service, all of them.",
    schema: organizationsSchema,
    example: { organizations: [organizationExample] },
  },
  async handle({ services, principal }) {
    const ids = await authorizedOrganizationIds(principal);
    const found = await services.records.organizations();
    const shownOnes = found.filter(({ id }) => ids === null || ids.has(id));
    return jsonAnswer({ organizations: shownOnes.map(shown) });
  },
};

export const organization: Endpoint = {
  path: "/organizations/{organization_id}",
  segments: { organization_id: "Organization." },
  name: "organization",
  heading: "Accounts and pools",
  summary: "An organization",
  access: "token or secret",
  parameters: [],
  refusesOthers: false,
  errors: ["OE0002", "OE0003"],
  answer: { description: "The organization.", schema: organizationSchema, example: organizationExample },
  async handle({ services, principal, segments }) {
    const id = segments.organization_id as string;
    await permittedOrganization(services, principal, id);
    const record = await services.records.organization(id);
    if (record === null) throw organizationNotFound(id);
    return jsonAnswer(shown(record));
  },
};

function shown(record: OrganizationRecord) {
  return {
    id: record.id,
    name: record.name,
    pool_id: record.poolId,
    is_demo: record.isDemo,
    currency: record.currency,
    created_at: record.createdAt,
    deleted_at: record.deletedAt,
  };
}
