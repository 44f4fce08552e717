import { Field, FieldResolver, InputType, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { ExpenseRow, ExpenseOrder as Order } from "../expenses/source.js";
import { ExpenseOrderField, OrderDirection } from "./enums.js";
import { Expense } from "./expense.js";
import type { ExpenseConnectionOf } from "./expense-answer.js";

@InputType({ description: "How rows are sorted. Rows that are equal in it are sorted by id." })
export class ExpenseOrder {
  @Field(() => ExpenseOrderField, { defaultValue: "COST", description: "What to sort by." })
  readonly field!: Order["field"];

  @Field(() => OrderDirection, { defaultValue: "DESC", description: "Which end comes first." })
  readonly direction!: Order["direction"];
}

@ObjectType({ description: "Where a page lies in the list.", simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether rows follow this page." })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether rows precede this page." })
  readonly hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first row; null on an empty page." })
  readonly startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the last row, the `after` of the next page." })
  readonly endCursor!: string | null;
}

@ObjectType({ description: "A row and its place in the list.", simpleResolvers: true })
export class ExpenseEdge {
  @Field(() => String, { description: "The row's place: `after` it the next page starts." })
  readonly cursor!: string;

  @Field(() => Expense, { description: "The row." })
  readonly node!: Expense;
}

@ObjectType({ description: "One page of rows.", simpleResolvers: true })
export class ExpenseConnection {
  @Field(() => [Expense], { description: "The rows of the page, in order." })
  readonly nodes!: Expense[];
}

@Resolver(() => ExpenseConnection)
export class ExpenseConnectionResolver {
  @FieldResolver(() => [ExpenseEdge], { description: "The rows of the page with their cursors, in order." })
  edges(@Root() { page, nodes }: ExpenseConnectionOf): { cursor: string; node: ExpenseRow }[] {
    return nodes.map((node, index) => ({ cursor: page.cursors[index] as string, node }));
  }

  @FieldResolver(() => PageInfo, { description: "Where the page lies in the list." })
  pageInfo(@Root() { page }: ExpenseConnectionOf): PageInfo {
    return {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.cursors[0] ?? null,
      endCursor: page.cursors.at(-1) ?? null,
    };
  }

  @FieldResolver(() => Int, { description: "Rows matching the filter, on all pages." })
  async totalCount(@Root() { answer }: ExpenseConnectionOf): Promise<number> {
    return (await answer.totals()).count;
  }
}
