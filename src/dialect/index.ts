/** Here is a JSON body of one product, give me our request; here is our answer, give me that product's JSON. */
export {}
