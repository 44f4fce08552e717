import { ActionIcon, Button, Select, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import SignOutIcon from "lucide-react/icons/log-out";
import MoonIcon from "lucide-react/icons/moon";
import RefreshIcon from "lucide-react/icons/rotate-cw";
import SunIcon from "lucide-react/icons/sun";
import type { ViewerQuery } from "../../generated/graphql";
import { changeView } from "../view/use-view";
import { defaultView } from "../view/view";
import styles from "./top-bar.module.css";

type Organization = ViewerQuery["viewer"]["organizations"][number];

interface TopBarProps {
  readonly organizations: readonly Organization[];
  readonly organization: Organization | undefined;
  readonly onRefresh: () => void;
  readonly onSignOut: () => void;
}

export function TopBar({ organizations, organization, onRefresh, onSignOut }: TopBarProps) {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  // An operator may have switched it off.
  const pages = useQuery({
    queryKey: ["pages"],
    queryFn: async ({ signal }) => (await (await fetch("/pages.json", { signal })).json()) as { graphiql: boolean },
  });

  return (
    <header className={styles.bar}>
      <img className={styles.logo} src="/favicon.svg" alt="" width="28" height="28" />
      {organizations.length > 1 ? (
        <Select
          aria-label="Organization"
          className={styles.choice}
          size="sm"
          searchable={organizations.length > 8}
          allowDeselect={false}
          data={organizations.map(({ id, name }) => ({ value: id, label: name }))}
          value={organization?.id ?? null}
          // Filters name accounts, pools and people of one organization.
          onChange={(id) => changeView({ ...defaultView, organizationId: id })}
        />
      ) : (
        <h1 className={styles.name}>{organization?.name ?? "Expense gateway"}</h1>
      )}
      {organizations.length > 1 && <h1 className="visually-hidden">{organization?.name}</h1>}
      <div className={`${styles.actions} screen-only`}>
        <Tooltip label="Read everything again">
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Refresh" onClick={onRefresh}>
            <RefreshIcon size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`Switch to ${other}`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Switch to ${other} colors`}
            onClick={() => setColorScheme(other)}
          >
            {scheme === "dark" ? <SunIcon size={18} aria-hidden /> : <MoonIcon size={18} aria-hidden />}
          </ActionIcon>
        </Tooltip>
        {pages.data?.graphiql && (
          <Button component="a" href="/graphiql" variant="subtle" color="gray" size="sm" className={styles.wide}>
            GraphiQL
          </Button>
        )}
        <Button
          variant="subtle"
          color="gray"
          size="sm"
          className={styles.wide}
          leftSection={<SignOutIcon size={16} aria-hidden />}
          onClick={onSignOut}
        >
          Sign out
        </Button>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Sign out"
          className={styles.narrow}
          onClick={onSignOut}
        >
          <SignOutIcon size={18} aria-hidden />
        </ActionIcon>
      </div>
    </header>
  );
}
