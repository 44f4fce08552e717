import type { Position } from "../expenses/cursor.js";
import type { ExpenseOrder, ExpenseOrderField, ExpenseRow } from "../expenses/source.js";

type Comparable = string | number | null;

const orderedValue: Readonly<Record<ExpenseOrderField, (row: ExpenseRow) => Comparable>> = {
  COST: ({ cost }) => cost,
  NAME: ({ resourceName }) => resourceName,
  REGION: ({ region }) => region,
  SERVICE_NAME: ({ serviceName }) => serviceName,
  RESOURCE_TYPE: ({ resourceType }) => resourceType,
  FIRST_SEEN: ({ firstSeen }) => firstSeen,
  LAST_SEEN: ({ lastSeen }) => lastSeen,
};

interface Place {
  readonly value: Comparable;
  readonly id: string;
}

/** The order of rows as the own store has it: absent values last either way, ties by id. */
export class Ordering {
  constructor(private readonly order: ExpenseOrder) {}

  placeOf(row: ExpenseRow): Place {
    return { value: orderedValue[this.order.field](row), id: row.id };
  }

  /** Negative when `one` comes first. */
  compare(one: Place, other: Place): number {
    if (one.value !== other.value) {
      if (one.value === null) return 1;
      if (other.value === null) return -1;
      const ascending =
        typeof one.value === "string" && typeof other.value === "string"
          ? one.value < other.value
            ? -1
            : 1
          : Number(one.value) - Number(other.value);
      if (ascending !== 0) return this.order.direction === "ASC" ? ascending : -ascending;
    }
    return one.id < other.id ? -1 : Number(one.id > other.id);
  }

  /** As cursors keep it: a cost by the bits of its double. */
  positionOf(row: ExpenseRow): Position {
    const { value, id } = this.placeOf(row);
    if (value === null) return { value, id };
    return { value: this.order.field === "COST" ? bitsOf(value as number) : String(value), id };
  }

  placeAt({ value, id }: Position): Place {
    if (value === null) return { value, id };
    switch (this.order.field) {
      case "COST":
        return { value: doubleOf(value), id };
      case "FIRST_SEEN":
      case "LAST_SEEN":
        return { value: Number(value), id };
      default:
        return { value, id };
    }
  }
}

/** The first rows of an order behind a place, whatever number goes by. */
export class FirstRows {
  #kept: ExpenseRow[] = [];

  constructor(
    private readonly ordering: Ordering,
    private readonly most: number,
    private readonly after: Place | undefined,
  ) {}

  offer(row: ExpenseRow): void {
    const place = this.ordering.placeOf(row);
    if (this.after !== undefined && this.ordering.compare(place, this.after) <= 0) return;
    this.#kept.push(row);
    if (this.#kept.length >= 2 * this.most + 1_000) this.#cut();
  }

  inOrder(): readonly ExpenseRow[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    const { ordering } = this;
    this.#kept.sort((one, other) => ordering.compare(ordering.placeOf(one), ordering.placeOf(other)));
    this.#kept.length = Math.min(this.#kept.length, this.most);
  }
}

function bitsOf(double: number): string {
  const bits = new DataView(new ArrayBuffer(8));
  // -0 is 0 to a reader.
  bits.setFloat64(0, double + 0);
  return String(bits.getBigInt64(0));
}

function doubleOf(bits: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(bits));
  return view.getFloat64(0);
}
